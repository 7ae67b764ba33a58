import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { TenantError, type ErrorKind } from '../errors.ts'
import { tail } from '../remote/execute.ts'

export interface LocalOptions {
  cwd: string
  environment: Record<string, string>
  step: string
  kind: ErrorKind
  remedy: string
  deadlineMs: number
  signal: AbortSignal
  onLine?: (line: string) => void
}

/** Runs a program on this machine, without a shell, and resolves with what it printed. */
export async function runHere(words: readonly string[], options: LocalOptions): Promise<string> {
  const [program = '', ...args] = words
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)])
  })
  const out: Buffer[] = []
  const all: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => (out.push(chunk), all.push(chunk)))
  child.stderr.on('data', (chunk: Buffer) => all.push(chunk))
  if (options.onLine !== undefined)
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', options.onLine)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).catch((thrown: NodeJS.ErrnoException) => {
    options.signal.throwIfAborted()
    if (thrown.code === 'ENOENT')
      throw new TenantError('tool-missing', `${program} is missing`, {
        where: 'this machine',
        remedy: `install ${program}`,
        cause: thrown
      })
    if (thrown.name === 'AbortError')
      throw new TenantError('deadline', `not done within ${options.deadlineMs / 1000} s: ${options.step}`, {
        where: 'this machine',
        remedy: options.remedy,
        log: tail(Buffer.concat(all).toString('utf8'))
      })
    throw thrown
  })
  if (code !== 0) {
    throw new TenantError(
      options.kind,
      `could not ${options.step}: ${words.slice(0, 3).join(' ')} ended with exit code ${code}`,
      {
        where: 'this machine',
        remedy: options.remedy,
        log: tail(Buffer.concat(all).toString('utf8'))
      }
    )
  }
  return Buffer.concat(out).toString('utf8')
}
