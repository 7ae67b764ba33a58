// Stands outside the host, as root and in a session of its own: starts it, ends it with the process that asked for it,
// and removes what it leaves on disk. Ends by SIGTERM.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { asTenantError } from '../../src/errors.ts'
import type { Answer, Plan } from './plan.ts'
import { identify, isRunning } from './processes.ts'
import { removeTraces } from './traces.ts'

// Not /tmp, which is in memory on some machines: a host may hold several builds of an app.
const states = '/var/tmp'
const self = identify(process.pid) ?? { pid: process.pid, started: 0 }
const state = `${states}/tenant-sandbox-${self.pid}-${self.started}`

function tell(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

async function removeState(folder: string): Promise<void> {
  await removeTraces(join(folder, 'journal'))
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
}

/** A supervisor that was killed could not remove its own. */
async function removeAbandoned(): Promise<void> {
  for (const name of readdirSync(states)) {
    const [, pid, started] = /^tenant-sandbox-(\d+)-(\d+)$/.exec(name) ?? []
    if (pid === undefined || isRunning({ pid: Number(pid), started: Number(started) })) continue
    await removeState(join(states, name))
  }
}

class Host {
  readonly #process: ChildProcess
  readonly ended: Promise<unknown>

  constructor(mode: 'apart' | 'in-place', plan: string) {
    const node = [process.execPath, join(dirname(process.argv[1] ?? ''), 'host.ts'), mode, state]
    // The shell is the host's first process, and takes in the orphans, as Node does not.
    const first = ['--mount', '--pid', '--ipc', '--fork', '--kill-child', 'sh', '-c', '"$@"; exit $?', 'sh', ...node]
    const [command = '', ...args] = mode === 'apart' ? ['unshare', ...first] : node
    this.#process = spawn(command, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
    // A host that is gone reads no more; its end is noticed below.
    this.#process.stdin?.on('error', () => {})
    this.#process.stdin?.write(`${plan}\n`)
    // One that could not even be started has no exit.
    this.ended = new Promise((resolve) => this.#process.once('error', resolve).once('exit', resolve))
  }

  /** What the host answered; undefined when it ended without a word. */
  async answer(): Promise<Answer | undefined> {
    for await (const line of createInterface({ input: this.#process.stdout! })) return JSON.parse(line) as Answer
    return undefined
  }

  async end(): Promise<void> {
    this.#process.stdin?.end()
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 20_000)
    await this.ended
    clearTimeout(timer)
  }
}

/** Starts a host apart, or in place where the kernel refuses that. */
async function start(plan: Plan, line: string, stop: AbortSignal): Promise<Host | undefined> {
  const modes = plan.inPlace ? (['in-place'] as const) : (['apart', 'in-place'] as const)
  let refusal: string | undefined
  for (const mode of modes) {
    if (refusal !== undefined) {
      tell({ kind: 'say', line: `the sandbox runs in place, on this machine itself: ${refusal}` })
    }
    const host = new Host(mode, line)
    stop.addEventListener('abort', () => void host.end())
    const answer = await host.answer()
    if (answer?.kind === 'ready') {
      tell(answer)
      return host
    }
    await host.end()
    if (stop.aborted) return undefined
    if (answer?.kind === 'failed' || mode === 'in-place') {
      tell(answer ?? { kind: 'failed', reason: 'the host ended before it was ready' })
      return undefined
    }
    refusal = answer?.kind === 'refused' ? answer.reason : 'it was refused namespaces of its own'
  }
  return undefined
}

async function supervise(line: string, stop: AbortSignal): Promise<void> {
  const plan = JSON.parse(line) as Plan
  await removeAbandoned()
  mkdirSync(state, { mode: 0o700 })
  try {
    const host = await start(plan, line, stop)
    await host?.ended
  } finally {
    await removeState(state)
    if (plan.remove !== undefined) rmSync(plan.remove, { recursive: true, force: true })
  }
}

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => stop.abort())
// Whoever asked for the host may be gone; that is noticed on standard input.
process.stdout.on('error', () => stop.abort())
const input = createInterface({ input: process.stdin })
let kept = false
input.once('close', () => kept || stop.abort())
tell({ kind: 'supervisor', process: self })
input.once('line', (plan) => {
  input.once('line', (word) => {
    kept = word === 'keep'
  })
  supervise(plan, stop.signal)
    .catch((error: unknown) => {
      tell({ kind: 'failed', reason: asTenantError(error).message })
      process.exitCode = 1
    })
    .finally(() => input.close())
})
