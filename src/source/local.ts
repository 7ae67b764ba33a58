import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
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

/** How many bytes of the beginning and of the end of a log are kept for an error. */
const KEPT = 256 * 1024
/** A longer line is told in parts. */
const LONGEST_LINE = 64 * 1024
/** How much of what a program prints is told: whoever shows it may be slower, and what waits for them takes memory. */
const MOST_TOLD = 4 * 1024 * 1024

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
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  await finished(child, words, options, () => killGroup(child))
  return Buffer.concat(out).toString('utf8')
}

/**
 * Waits until a program and its output have ended. Where it shall not go on, it is told to `end` first.
 * @param words what an error calls it
 * @throws TenantError unless it ended well; the reason of the signal, where that was aborted
 */
export async function finished(
  child: ChildProcessByStdio<Writable | null, Readable, Readable>,
  words: readonly string[],
  options: Omit<LocalOptions, 'cwd' | 'environment'>,
  end: () => void
): Promise<void> {
  const log = new Ends()
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => log.add(chunk))
    if (options.onLine !== undefined) eachLine(stream, options.onLine)
  }
  const stop = AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)])
  const code = await untilClosed(child, stop, end).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'ENOENT') throw thrown
    throw new TenantError('tool-missing', `${child.spawnfile} is missing`, {
      where: 'this machine',
      remedy: `install ${child.spawnfile}`,
      cause: thrown
    })
  })
  options.signal.throwIfAborted()
  const explanation = { where: 'this machine', remedy: options.remedy }
  if (stop.aborted)
    throw new TenantError('deadline', `not done within ${options.deadlineMs / 1000} s: ${options.step}`, {
      ...explanation,
      log: excerpt(log.text())
    })
  if (code !== 0)
    throw new TenantError(
      options.kind,
      `could not ${options.step}: ${(options.shown ?? words).slice(0, 3).join(' ')} ended with exit code ${code}`,
      { ...explanation, log: excerpt(log.text()) }
    )
}

async function untilClosed(child: ChildProcess, stop: AbortSignal, end: () => void): Promise<number | null> {
  stop.addEventListener('abort', end, { once: true })
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
  } finally {
    stop.removeEventListener('abort', end)
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (thrown) {
    // It ended by itself, and only what it left behind still holds its output.
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown
  }
}

/** The beginning and the end of what a program printed, however much that is. */
class Ends {
  readonly #first: Buffer[] = []
  readonly #last: Buffer[] = []
  #firstBytes = 0
  #lastBytes = 0
  #isCut = false

  add(chunk: Buffer): void {
    if (this.#firstBytes < KEPT) {
      this.#first.push(chunk)
      this.#firstBytes += chunk.length
      return
    }
    this.#last.push(chunk)
    this.#lastBytes += chunk.length
    while (this.#lastBytes - this.#last[0]!.length >= KEPT) {
      this.#lastBytes -= this.#last.shift()!.length
      this.#isCut = true
    }
  }

  text(): string {
    const [first, last] = [this.#first, this.#last].map((chunks) => Buffer.concat(chunks).toString('utf8'))
    return `${first}${this.#isCut ? '\n…\n' : ''}${last}`
  }
}

/** As readline divides lines, but for one that never ends, which it would keep whole; after `MOST_TOLD` no more. */
function eachLine(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let told = 0
  stream.on('data', (chunk: Buffer) => {
    if (told > MOST_TOLD) return
    told += chunk.length
    // A carriage return at the end may be half of a line's end.
    const lines = (rest + decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop()!
    if (rest.length > LONGEST_LINE) {
      lines.push(rest)
      rest = ''
    }
    if (told > MOST_TOLD) {
      lines.push('… there is more of it, which is not shown')
      rest = ''
    }
    for (const line of lines) onLine(line)
  })
  stream.once('end', () => {
    if (rest !== '') onLine(rest)
  })
}
