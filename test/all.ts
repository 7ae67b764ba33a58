import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * The one test command: lint, types, then unit, github, contract, e2e and act, all of them also when
 * one fails. With words after it, only the tests whose file matches one of them. The last line counts everything.
 */
const checkout = dirname(import.meta.dirname)
const counts = { passed: 0, failed: 0, skipped: 0 }
const scratch = mkdtempSync(join(tmpdir(), 'tenant-tests-'))
const filters = process.argv.slice(2)

process.once('exit', () => rmSync(scratch, { recursive: true, force: true }))

if (filters.length === 0) {
  await check('lint', ['eslint', '.'])
  await check('format', ['prettier', '--check', '--log-level', 'warn', '.'])
  await check('types', ['tsc', '--project', 'tsconfig.json'])
}
for (const project of ['unit', 'github', 'contract', 'e2e', 'act']) await suite(project)

const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`)
process.exitCode = counts.failed === 0 ? 0 : 1

async function check(name: string, words: string[]): Promise<void> {
  process.stdout.write(`\n== ${name}\n`)
  const code = await run(words)
  if (code === 0) counts.passed++
  else counts.failed++
}

async function suite(project: string): Promise<void> {
  process.stdout.write(`\n== ${project}\n`)
  const file = join(scratch, `${project}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const code = await run(['vitest', 'run', '--project', project, '--passWithNoTests', ...reporters, ...filters])
  const result = readResult(file)
  counts.passed += result.numPassedTests
  counts.skipped += result.numPendingTests
  counts.failed += result.numFailedTests
  // A file that could not be loaded, or a set-up that failed, counts no test at all.
  if (code !== 0 && result.numFailedTests === 0) counts.failed++
}

function readResult(file: string): { numPassedTests: number; numFailedTests: number; numPendingTests: number } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ReturnType<typeof readResult>
  } catch {
    // vitest wrote nothing: its exit code tells whether that was right.
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
  }
}

function run([program = '', ...args]: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(checkout, 'node_modules/.bin', program), args, {
      cwd: checkout,
      stdio: ['ignore', 'inherit', 'inherit']
    })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}
