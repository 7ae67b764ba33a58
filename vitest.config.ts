import { defineConfig } from 'vitest/config'

/** Each file has a machine of its own, so that they run beside each other; much of what they do is waiting. */
const onMachines = { globalSetup: ['test/world/start.ts'], testTimeout: 300_000, hookTimeout: 600_000 }

export default defineConfig({
  test: {
    maxWorkers: Number(process.env.TENANT_TEST_WORKERS ?? 4),
    projects: [
      // Pure code needs no process per file: loading the packages anew for each took longer than all tests.
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/workflows/**'],
          isolate: false,
          setupFiles: ['test/unit/without-secrets.ts'],
          testTimeout: 60_000
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
      { test: { name: 'contract', include: ['test/contract/**/*.test.ts'], ...onMachines } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...onMachines } },
      // What takes too long for the gate.
      { test: { name: 'night', include: ['test/night/**/*.test.ts'], ...onMachines } },
      {
        test: {
          name: 'act',
          include: ['test/act/**/*.test.ts'],
          ...onMachines,
          globalSetup: ['test/act/start.ts']
        }
      }
    ]
  }
})
