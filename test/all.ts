import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { asTenantError } from '../src/errors.ts'
import { installPackages } from './sandbox/packages.ts'
import { identify } from './sandbox/processes.ts'
import { ensureRoot, toStandardError } from './sandbox/sandbox.ts'
import { provisioned } from './world/frozen.ts'

/**
 * The gate: lint, format, types, and every test that needs no host, while the machines that the others are clones of are
 * made; then those. With words after it, only the tests whose file matches one of them. `--all`: everything there is, also
 * what is run at night. `--shard=1/3`: a part of what needs machines, and the rest with the first part. The figures of each
 * suite come last, and the last line counts everything.
 */
const checkout = dirname(import.meta.dirname)
const scratch = scratchFolder()
const began = performance.now()
const words = process.argv.slice(2)
const filters = words.filter((word) => !word.startsWith('--'))
const isAll = words.includes('--all')
const shard = words.find((word) => word.startsWith('--shard='))
const isFirst = shard === undefined || shard.startsWith('--shard=1/')
const CHECKS: Record<string, string[]> = {
  lint: ['eslint', '.'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  types: ['tsc', '--project', 'tsconfig.json']
}
const WITHOUT_HOST = ['unit', 'workflows', 'github']
const ON_MACHINES = isAll ? ['contract', 'e2e', 'night', 'act'] : ['contract', 'e2e']

interface Figures {
  passed: number
  failed: number
  skipped: number
  /** Of work: where suites run beside each other, they add up to more than the clock says. */
  seconds: number
}

const suites = new Map<string, Figures>()
const running = new Set<ReturnType<typeof spawn>>()
let interrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupted = true
    // Machines end with whoever started them, however that ends.
    for (const child of running) child.kill(signal)
  })
}

process.env.TMPDIR = scratch
const lacking = await prepare().catch((thrown: unknown) => thrown)
const machines = onMachines()
if (isFirst) {
  if (filters.length === 0) for (const [name, argv] of Object.entries(CHECKS)) await check(name, argv)
  await tests('tests that need no host', WITHOUT_HOST, filters)
}
await machines
rmSync(scratch, { recursive: true, force: true })
if (interrupted) process.exit(130)
printFigures()

/** All temporary files of the tests stand in it; those of runs that were killed are removed. Other accounts may pass. */
function scratchFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^tenant-tests-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && identify(Number(pid)) === undefined)
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(tmpdir(), `tenant-tests-${process.pid}-`))
  chmodSync(folder, 0o1777)
  return folder
}

/** What tests without a host need of this computer too. */
async function prepare(): Promise<void> {
  ensureRoot()
  await installPackages(toStandardError)
}

/** Says what went wrong; what needs a machine then counts as one failure. */
async function onMachines(): Promise<void> {
  try {
    if (lacking !== undefined) throw lacking
    await provisioned()
  } catch (thrown) {
    const { message, remedy, log } = asTenantError(thrown)
    process.stdout.write(`${[message, log, remedy && `fix: ${remedy}`].filter(Boolean).join('\n')}\n`)
    add('machines', { passed: 0, failed: 1, skipped: 0, seconds: 0 })
    return
  }
  await tests('tests on machines', ON_MACHINES, [...filters, ...(shard === undefined ? [] : [shard])])
}

function add(suite: string, more: Figures): void {
  const had = suites.get(suite) ?? { passed: 0, failed: 0, skipped: 0, seconds: 0 }
  suites.set(suite, {
    passed: had.passed + more.passed,
    failed: had.failed + more.failed,
    skipped: had.skipped + more.skipped,
    seconds: had.seconds + more.seconds
  })
}

async function check(name: string, argv: string[]): Promise<void> {
  const start = performance.now()
  const code = await run(name, argv)
  const seconds = (performance.now() - start) / 1000
  add(name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, seconds })
}

interface Results {
  testResults: {
    name: string
    startTime: number
    endTime: number
    status: string
    assertionResults: { status: string }[]
  }[]
}

/** Some of vitest's projects, in one run. */
async function tests(title: string, projects: string[], more: string[]): Promise<void> {
  const file = join(scratch, `${projects.join('-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const which = projects.flatMap((project) => ['--project', project])
  const code = await run(title, ['vitest', 'run', ...which, '--passWithNoTests', ...reporters, ...more])
  let failed = 0
  for (const { name, startTime, endTime, status, assertionResults } of readResults(file)) {
    const count = (...states: string[]) => assertionResults.filter((each) => states.includes(each.status)).length
    const [passed, broken] = [count('passed'), count('failed')]
    // A file that could not be loaded, or whose set-up failed, counts no test at all.
    const lost = status === 'failed' && broken === 0 ? 1 : 0
    failed += broken + lost
    const skipped = assertionResults.length - passed - broken
    add(suiteOf(name), { passed, failed: broken + lost, skipped, seconds: (endTime - startTime) / 1000 })
  }
  if (code !== 0 && failed === 0) add(projects[0]!, { passed: 0, failed: 1, skipped: 0, seconds: 0 })
}

function suiteOf(file: string): string {
  const [, first = '', second = ''] = relative(checkout, file).split(sep)
  return first === 'unit' && second === 'workflows' ? second : first
}

function readResults(file: string): Results['testResults'] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Results).testResults
  } catch {
    // vitest wrote nothing: its exit code tells whether that was right.
    return []
  }
}

function printFigures(): void {
  const total = [...suites.values()].reduce((sum, { seconds }) => sum + seconds, 0)
  const rows = [...suites].map(([name, { passed, failed, skipped, seconds }]) => [
    name,
    String(passed + failed + skipped),
    seconds.toFixed(0),
    `${((100 * seconds) / total).toFixed(0)} %`
  ])
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  process.stdout.write('\n')
  for (const [name = '', ...figures] of [['suite', 'tests', 'seconds', 'share'], ...rows])
    process.stdout.write(`${name.padEnd(12)}${figures.map((figure) => figure.padStart(9)).join('')}\n`)
  process.stdout.write(`${minutes} minutes by the clock\n\n`)
  const sum = (key: keyof Figures) => [...suites.values()].reduce((all, figures) => all + figures[key], 0)
  const skipped = sum('skipped') === 0 ? '' : `, ${sum('skipped')} skipped`
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed${skipped}\n`)
  if (sum('failed') > 0) process.exitCode = 1
}

function run(title: string, [program = '', ...args]: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    if (interrupted) return resolve(130)
    process.stdout.write(`\n== ${title}\n`)
    const child = spawn(join(checkout, 'node_modules/.bin', program), args, {
      cwd: checkout,
      stdio: ['ignore', 'inherit', 'inherit']
    })
    running.add(child)
    child.once('error', reject)
    child.once('close', (code) => {
      running.delete(child)
      resolve(code ?? 1)
    })
  })
}
