import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { TenantError, type ErrorKind } from '../errors.ts'
import { excerpt } from '../remote/execute.ts'

export interface LocalOptions {
  cwd: string
  environment: Record<string, string>
  step: string
  kind: ErrorKind
  remedy: string
  deadlineMs: number
  signal: AbortSignal
  onLine?: (line: string) => void
  /** The words that an error names, where not all of them tell something. */
  shown?: readonly string[]
}

/** Runs a program on this machine, without a shell, and resolves with what it printed. */
export async function runHere(words: readonly string[], options: LocalOptions): Promise<string> {
  const [program = '', ...args] = words
  options.signal.throwIfAborted()
  // A group of its own, so that what the program starts ends with it.
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  const out: Buffer[] = []
  const all: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => (out.push(chunk), all.push(chunk)))
  child.stderr.on('data', (chunk: Buffer) => all.push(chunk))
  if (options.onLine !== undefined)
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onLine)
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)])
  const code = await untilClosed(child, stop).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
    throw new TenantError('tool-missing', `${program} is missing`, {
      where: 'this machine',
      remedy: `install ${program}`,
      cause: thrown
    })
  })
  options.signal.throwIfAborted()
  if (stop.aborted) {
    throw new TenantError('deadline', `not done within ${options.deadlineMs / 1000} s: ${options.step}`, {
      where: 'this machine',
      remedy: options.remedy,
      log: excerpt(Buffer.concat(all).toString('utf8'))
    })
  }
  if (code !== 0) {
    throw new TenantError(
      options.kind,
      `could not ${options.step}: ${(options.shown ?? words).slice(0, 3).join(' ')} ended with exit code ${code}`,
      {
        where: 'this machine',
        remedy: options.remedy,
        log: excerpt(Buffer.concat(all).toString('utf8'))
      }
    )
  }
  return Buffer.concat(out).toString('utf8')
}

/** Waits until the program and its output have ended; when it shall stop, its whole group is killed first. */
async function untilClosed(child: ChildProcess, stop: AbortSignal): Promise<number | null> {
  const kill = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }
  stop.addEventListener('abort', kill, { once: true })
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
  } finally {
    stop.removeEventListener('abort', kill)
  }
}
