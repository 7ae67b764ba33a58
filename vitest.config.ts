import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      // Pure code needs no process per file: loading the packages anew for each took longer than all tests.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/workflows/**'],
          isolate: false,
          setupFiles: ['test/unit/without-secrets.ts'],
          testTimeout: 30_000
        }
      },
      // What judges workflows takes seconds to load, and comes as modules that Node alone does not find.
      {
        // Of packages whose source maps name files that they do not bring.
        logLevel: 'error',
        test: {
          name: 'workflows',
          include: ['test/unit/workflows/**/*.test.ts'],
          server: { deps: { inline: [/@actions\//] } },
          testTimeout: 60_000
        }
      },
      // Against an emulated GitHub, which each file starts for itself: no host is needed.
      { test: { name: 'github', include: ['test/github/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: {
          name: 'contract',
          globalSetup: ['test/world/start.ts'],
          include: ['test/contract/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000
        }
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['test/world/start.ts'],
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 600_000
        }
      },
      {
        test: {
          name: 'act',
          globalSetup: ['test/act/start.ts'],
          include: ['test/act/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000
        }
      }
    ]
  }
})
