import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable, type Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { TenantError } from '../errors.ts'
import { readAnswers } from '../facts/answers.ts'
import type { Answers, FactRequest } from '../facts/facts.ts'
import type { FileChanges } from '../report/report.ts'
import { render, type Command } from '../shell/command.ts'
import { envelopeCommand, envelopeInput, TIMED_OUT } from '../shell/envelope.ts'
import { tail } from './execute.ts'
import { AfterMarker, type Running } from './marker.ts'
import type { Actor, ExecuteOptions, OpenCommand, Remote, Result, SyncOptions } from './remote.ts'
import { rsync } from './rsync.ts'
import { missingTool } from './tools.ts'
import type { Channel, Transport } from './transport.ts'

export interface ConnectionOptions {
  /** Folders on the host to search first for programs. */
  path: readonly string[]
  /** Text of the collector's bundle. */
  collector: string
  /** When it aborts, what runs on the host at that moment is hung up on; what is started later runs, so that things can be taken back. */
  signal: AbortSignal
}

/** How much longer than the host's own limit we wait before the host counts as silent, in ms. */
const GRACE_MS = 15_000
const GATHER_DEADLINE_MS = 60_000

export class Connection implements Remote {
  readonly #transport: Transport
  readonly #options: ConnectionOptions

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport
    this.#options = options
  }

  get name(): string {
    return this.#transport.name
  }

  async execute(command: Command, options: ExecuteOptions): Promise<Result> {
    const began = Date.now()
    const running = await this.#start(render(command), options.as, options.deadlineMs)
    const { channel, stdout } = running
    const out = collect(stdout, options.onLine)
    const err = collect(channel.stderr, options.onLine)
    feed(channel, options.input)
    const code = await this.#ended(channel, options)
    const result = { code, stdout: (await out).toString('utf8'), stderr: (await err).toString('utf8') }
    this.#checkStarted(running, result, options)
    if (TIMED_OUT.includes(code) && Date.now() - began >= options.deadlineMs) throw deadline(this.name, options, result)
    if (code === 127 && 'words' in command) throw missingTool(String(command.words[0]), this.name)
    return result
  }

  async gather<Q extends Record<string, FactRequest>>(
    requests: Q,
    options: Actor & { deadlineMs?: number } = {}
  ): Promise<Answers<Q>> {
    const program = `globalThis.__REQUESTS__ = ${JSON.stringify(requests)};\n${this.#options.collector}`
    const result = await this.execute(
      { script: 'command -v node >/dev/null 2>&1 || exit 127\ngzip -dc | node -', args: [] },
      {
        ...(options.as === undefined ? {} : { as: options.as }),
        step: 'look at the host',
        deadlineMs: options.deadlineMs ?? GATHER_DEADLINE_MS,
        input: gzipSync(program)
      }
    )
    if (result.code === 127) throw missingTool('node', this.name)
    if (result.code !== 0) {
      throw new TenantError('host-answer', `the collector ended with exit code ${result.code} on the host`, {
        where: this.name,
        remedy: 'the host needs Node 18 or newer for the account that is asked',
        log: tail(result.stderr)
      })
    }
    return readAnswers(result.stdout, requests, this.name)
  }

  async sync(options: SyncOptions): Promise<FileChanges> {
    const { signal } = this.#options
    const start = async (script: string) => {
      const running = await this.#start(script, options.as, options.deadlineMs)
      signal.addEventListener('abort', () => running.channel.close(), { once: true })
      return running
    }
    return rsync(start, options, this.name).catch((thrown: unknown) => {
      signal.throwIfAborted()
      throw thrown
    })
  }

  async dial(address: string, port: number): Promise<Duplex> {
    return this.#transport.dial(address, port)
  }

  async open(command: Command, options: Actor & { step: string }): Promise<OpenCommand> {
    const running = await this.#start(render(command), options.as, undefined)
    const err = collect(running.channel.stderr)
    return {
      lines: createInterface({ input: running.stdout }),
      write: (text) => void running.channel.stdin.write(text),
      end: async () => {
        running.channel.stdin.end()
        running.stdout.resume()
        const { code } = await running.channel.exit
        const result = { code: code ?? 255, stdout: '', stderr: (await err).toString('utf8') }
        this.#checkStarted(running, result, options)
        return result.code
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close()
  }

  async #start(script: string, as: string | undefined, deadlineMs: number | undefined): Promise<Running> {
    const marker = `--${randomUUID()}--`
    const options = {
      as,
      timeoutSeconds: deadlineMs === undefined ? undefined : Math.ceil(deadlineMs / 1000),
      path: this.#options.path
    }
    const channel = await this.#transport.exec(envelopeCommand(options))
    // A host that hangs up while we still write is told by its exit code, not by a broken pipe.
    channel.stdin.on('error', () => undefined)
    channel.stdin.write(envelopeInput(script, marker, options))
    return { channel, stdout: channel.stdout.pipe(new AfterMarker(marker)) }
  }

  async #ended(channel: Channel, options: { step: string; deadlineMs: number }): Promise<number> {
    const { signal } = this.#options
    let timer: NodeJS.Timeout | undefined
    let interrupt = () => {}
    const late = new Promise<never>((_, reject) => {
      interrupt = () => {
        reject(signal.reason)
        channel.close()
      }
      signal.addEventListener('abort', interrupt)
      timer = setTimeout(() => {
        reject(deadline(this.name, options))
        channel.close()
      }, options.deadlineMs + GRACE_MS)
    })
    try {
      const { code } = await Promise.race([channel.exit, late])
      return code ?? 255
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', interrupt)
    }
  }

  #checkStarted(running: Running, result: Result, options: Actor & { step: string }): void {
    if (running.stdout.seen) return
    const log = tail(`${running.stdout.noise}${result.stderr}`)
    if (options.as !== undefined) {
      throw new TenantError('privilege', `could not become the account ${options.as} to ${options.step}`, {
        where: this.name,
        remedy: `the connecting account needs a sudo rule for it, without a password, as in: deploy ALL=(%tenants) NOPASSWD: ALL`,
        log
      })
    }
    throw new TenantError(
      'host-answer',
      `the host did not run our command to ${options.step} (exit code ${result.code})`,
      {
        where: this.name,
        remedy:
          'the account needs a login shell that runs commands (sh, bash, zsh, fish), and sh, timeout and base64 on the host',
        log
      }
    )
  }
}

async function collect(stream: Readable, onLine?: (line: string) => void): Promise<Buffer> {
  const chunks: Buffer[] = []
  if (onLine !== undefined) createInterface({ input: stream }).on('line', onLine)
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise<void>((resolve, reject) => stream.once('end', resolve).once('close', resolve).once('error', reject))
  return Buffer.concat(chunks)
}

function feed(channel: Channel, input: ExecuteOptions['input']): void {
  if (input === undefined) return void channel.stdin.end()
  if (input instanceof Readable) return void input.pipe(channel.stdin)
  channel.stdin.end(input)
}

function deadline(name: string, options: { step: string; deadlineMs: number }, result?: Result): TenantError {
  return new TenantError('deadline', `not done within ${Math.round(options.deadlineMs / 1000)} s: ${options.step}`, {
    where: name,
    remedy: 'look at what the host is doing; where it simply needs longer, raise the limit in the manifest',
    log: result === undefined ? '' : tail(`${result.stdout}\n${result.stderr}`)
  })
}
