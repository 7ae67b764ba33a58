import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { checkout } from '../sandbox/sandbox.ts'
import { usedBy } from './looks.ts'
import { generateTenants } from './tenants.ts'

/**
 * What `tenant plan` takes for a fleet: time and memory, for a change of one tenant, of the app that all ship, and of
 * everything. It measures the committed dist/, and judges nothing.
 *
 *     npm run benchmark:plan -- [TENANTS] [--rounds N]
 */
const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '3' } },
  allowPositionals: true
})
const count = wholeNumber('TENANTS', positionals[0] ?? '10000')
const rounds = wholeNumber('--rounds', values.rounds)
const root = mkdtempSync(join(tmpdir(), 'tenant-plan-'))
const git = (...words: string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', ...words], {
    encoding: 'utf8'
  }).trim()

try {
  git('init', '--quiet')
  const made = generateTenants(root, count)
  mkdirSync(join(root, 'apps/booking'), { recursive: true })
  const changes = {
    'one tenant': `tenants/${made[0]}/tenant.yml`,
    'the app': 'apps/booking/a.ts',
    templates: 'templates/a'
  }
  writeFileSync(join(root, 'apps/booking/a.ts'), '1')
  mkdirSync(join(root, 'templates'))
  commit()
  const rows = [['', 'median', 'memory', 'tenants in it', 'outputs (UTF-16)']]
  for (const [name, path] of Object.entries(changes)) {
    writeFileSync(
      join(root, path),
      `${path.endsWith('.yml') ? readFileSync(join(root, path), 'utf8') : ''}\n# changed\n`
    )
    commit()
    const runs = []
    for (let round = 1; round <= rounds; round++) runs.push(await planned())
    const { tenants, outputBytes } = runs[0]!
    const ms = runs.map((run) => run.ms).toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!
    const memory = Math.max(...runs.map(({ bytes }) => bytes))
    rows.push([
      name,
      `${(ms / 1000).toFixed(2)} s`,
      `${Math.round(memory / 1e6)} MB`,
      String(tenants),
      `${outputBytes}`
    ])
  }
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)))
  process.stdout.write(`${count} tenants\n`)
  for (const row of rows) process.stdout.write(`${row.map((cell, at) => cell.padStart(widths[at]!)).join('  ')}\n`)
} finally {
  rmSync(root, { recursive: true })
}

function commit(): void {
  git('add', '--all')
  git('commit', '--quiet', '--message', 'a change')
}

/** One run of the action's command, as a runner starts it. */
async function planned(): Promise<{ ms: number; bytes: number; tenants: number; outputBytes: number }> {
  const event = join(root, '.git/event.json')
  const output = join(root, '.git/output')
  const summary = join(root, '.git/summary')
  for (const file of [output, summary]) writeFileSync(file, '')
  writeFileSync(event, JSON.stringify({ before: git('rev-parse', 'HEAD~1'), after: git('rev-parse', 'HEAD') }))
  const began = performance.now()
  const child = spawn(process.execPath, [join(checkout, 'dist/action/index.js')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      INPUT_COMMAND: 'plan',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_EVENT_PATH: event,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_WORKSPACE: root
    },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  let code: number | null | undefined
  let bytes = 0
  child.once('close', (ended) => (code = ended))
  while (code === undefined) {
    bytes = usedBy(child.pid!)?.bytes ?? bytes
    await sleep(20)
  }
  const ms = performance.now() - began
  if (code !== 0) throw new Error(`the plan ended with ${code}`)
  const told = readFileSync(output, 'utf8')
  const tenants = new Set([...told.matchAll(/"(t-\d{5})"/g)].map(([, name]) => name)).size
  return { ms, bytes, tenants, outputBytes: told.length * 2 }
}

function wholeNumber(what: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new Error(`${what} is a number from 1 to 99999, not ${JSON.stringify(text)}`)
}
