import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * Builds dist/, or the folder named on the command line: the action, the command and the collector, each one file.
 * ncc's ESM output can't start with ssh2 inside (`__dirname is not defined`), so it is given compiled ESM
 * without a package type and told by dist/package.json that what comes out is CommonJS.
 */
const root = dirname(import.meta.dirname)
const out = resolve(root, process.argv[2] ?? 'dist')
const lib = join(root, 'lib')
// What runs from the old one is not left without it for the time of a build, or after one that failed.
const fresh = join(lib, 'out')
const bin = (name: string) => join(root, 'node_modules/.bin', name)

rmSync(lib, { recursive: true, force: true })
execFileSync(bin('tsc'), ['--project', join(root, 'src/tsconfig.json'), '--outDir', lib], { stdio: 'inherit' })
writeFileSync(join(lib, 'package.json'), '{}\n')
for (const [entry, folder] of [
  ['action.js', 'action'],
  ['cli.js', 'cli'],
  ['facts/collector.js', 'collector']
] as const) {
  const target = join(fresh, folder)
  mkdirSync(target, { recursive: true })
  execFileSync(
    bin('ncc'),
    [
      'build',
      join(lib, entry),
      '--out',
      target,
      '--quiet',
      '--no-cache',
      ...(folder === 'collector' ? ['--minify'] : [])
    ],
    { stdio: 'inherit' }
  )
  for (const name of readdirSync(target)) if (name !== 'index.js') rmSync(join(target, name), { recursive: true })
}
writeFileSync(join(fresh, 'package.json'), '{"type":"commonjs"}\n')
chmodSync(join(fresh, 'cli/index.js'), 0o755)
rmSync(out, { recursive: true, force: true })
cpSync(fresh, out, { recursive: true })
rmSync(lib, { recursive: true })
