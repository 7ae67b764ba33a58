import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { Readable, type Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { TenantError } from '../errors.ts'
import { readAnswers } from '../facts/answers.ts'
import type { Answers } from '../facts/facts.ts'
import type { WatchRequest } from '../facts/logs.ts'
import type { FactRequest } from '../facts/requests.ts'
import type { FileChanges } from '../report/report.ts'
import { missingProgram, render, type Command } from '../shell/command.ts'
import { endsWithInput, envelopeCommand, envelopeInput, TIMED_OUT, type Privilege } from '../shell/envelope.ts'
import { tail } from './execute.ts'
import { neverBegan, pastDeadline } from './host-errors.ts'
import { AfterMarker, type Running } from './marker.ts'
import type { Actor, ExecuteOptions, OpenCommand, Remote, Result, SyncOptions, Watching } from './remote.ts'
import { rsync, type RemoteEnd } from './rsync.ts'
import { RUN_COLLECTOR } from './run-collector.ts'
import { collect, deliver, feed } from './streams.ts'
import { missingTool } from './tools.ts'
import type { Transport } from './transport.ts'
import { watch } from './watch.ts'

export interface ConnectionOptions {
  /** Folders on the host to search first for programs. */
  path: readonly string[]
  /** Text of the collector's bundle. */
  collector: string
  /**
   * When it aborts, what is interruptible and runs at that moment is ended. Short changes run to their end, so that
   * nobody has to guess what came of them; and what is started later runs, so that things can be taken back.
   */
  signal: AbortSignal
  /** How other accounts are become; by sudo, where nothing else is said. */
  privilege?: Privilege
  /** The account that connected: nothing is needed to become it. */
  user?: string
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
    // Either may fail before the host has even begun; whoever reads or writes them then is told.
    options.output?.on('error', () => undefined)
    if (options.input instanceof Readable) options.input.on('error', () => undefined)
    try {
      return await this.#execute(command, options)
    } catch (thrown) {
      // Whoever gave them waits for their end.
      options.output?.destroy()
      if (options.input instanceof Readable) options.input.destroy()
      throw thrown
    }
  }

  async #execute(command: Command, options: ExecuteOptions): Promise<Result> {
    const began = Date.now()
    const { signal } = this.#options
    const late = signal.aborted
    const watched = options.interruptible === true && options.input === undefined
    const script = watched ? endsWithInput(render(command)) : render(command)
    const running = await this.#start(script, options.as, options.deadlineMs)
    const { channel, stdout } = running
    if (options.interruptible === true && !late && signal.aborted) {
      channel.close()
      throw signal.reason
    }
    const out =
      options.output === undefined ? collect(stdout, options.onLine) : deliver(stdout, options.output, options.step)
    const err = collect(channel.stderr, options.onLine)
    const fed = watched ? undefined : feed(channel, options.input, options.step)
    const code = await this.#ended(running, options, Promise.all([out, fed]))
    const result = { code, stdout: (await out).toString('utf8'), stderr: (await err).toString('utf8') }
    this.#checkStarted(running, result, options)
    if (timedOut(code, began, options)) throw pastDeadline(this.name, options, result)
    this.#checkTools(command, result)
    return result
  }

  async gather<Q extends Record<string, FactRequest>>(
    requests: Q,
    options: Actor & { deadlineMs?: number } = {}
  ): Promise<Answers<Q>> {
    const program = `globalThis.__REQUESTS__ = ${JSON.stringify(requests)};\n${this.#options.collector}`
    const result = await this.execute(
      { script: RUN_COLLECTOR, args: [], needs: ['node'] },
      {
        ...(options.as === undefined ? {} : { as: options.as }),
        step: 'look at the host',
        deadlineMs: options.deadlineMs ?? GATHER_DEADLINE_MS,
        interruptible: true,
        input: gzipSync(program)
      }
    )
    if (result.code !== 0) {
      throw new TenantError('host-answer', `the collector ended with exit code ${result.code} on the host`, {
        where: this.name,
        remedy: 'the host needs Node 18 or newer for the account that is asked',
        log: tail(result.stderr)
      })
    }
    return readAnswers(result.stdout, requests, this.name)
  }

  async watch(request: WatchRequest, options: Actor = {}): Promise<Watching> {
    return watch(this, this.#options.collector, request, options)
  }

  async sync(options: SyncOptions): Promise<FileChanges> {
    const { signal } = this.#options
    const began = Date.now()
    const asked = { ...options, step: 'sync the files' }
    let hangUp = () => {}
    const start = async (script: string) => {
      const running = await this.#start(script, options.as, options.deadlineMs)
      hangUp = () => running.channel.close()
      signal.addEventListener('abort', hangUp, { once: true })
      return running
    }
    const judge = (running: Running, end: RemoteEnd) => {
      const result = { code: end.code ?? 255, stdout: '', stderr: end.stderr }
      this.#checkStarted(running, result, asked)
      if (timedOut(result.code, began, options)) throw pastDeadline(this.name, asked, result)
    }
    try {
      return await rsync({ start, judge }, options, this.name)
    } catch (thrown) {
      signal.throwIfAborted()
      throw thrown
    } finally {
      signal.removeEventListener('abort', hangUp)
    }
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
        this.#checkTools(command, result)
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
      user: this.#options.user,
      privilege: this.#options.privilege ?? 'sudo',
      timeoutSeconds: deadlineMs === undefined ? undefined : Math.ceil(deadlineMs / 1000),
      path: this.#options.path
    }
    const channel = await this.#transport.exec(envelopeCommand(options))
    // A host that hangs up while we still write is told by its exit code, not by a broken pipe.
    channel.stdin.on('error', () => undefined)
    channel.stdin.write(envelopeInput(script, marker, options))
    return { channel, stdout: channel.stdout.pipe(new AfterMarker(marker)) }
  }

  /** @param streams what goes in and comes out, which can only end the command by failing on this machine */
  async #ended({ channel, stdout }: Running, options: ExecuteOptions, streams: Promise<unknown>): Promise<number> {
    const { signal } = this.#options
    let timer: NodeJS.Timeout | undefined
    let interrupt = () => {}
    const cut = new Promise<never>((_, reject) => {
      interrupt = () => reject(signal.reason)
      if (options.interruptible === true) signal.addEventListener('abort', interrupt)
      timer = setTimeout(() => reject(pastDeadline(this.name, options)), options.deadlineMs + GRACE_MS)
      streams.catch(reject)
    })
    try {
      const { code } = await Promise.race([channel.exit, cut])
      return code ?? 255
    } catch (thrown) {
      channel.close()
      stdout.destroy()
      throw thrown
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', interrupt)
    }
  }

  #checkTools(command: Command, { code, stderr }: Result): void {
    const tool = code === 127 ? missingProgram(command, stderr) : undefined
    if (tool !== undefined) throw missingTool(tool, this.name)
  }

  #checkStarted({ stdout }: Running, result: Result, { as, step }: Actor & { step: string }): void {
    if (stdout.seen) return
    const { user, privilege = 'sudo' } = this.#options
    const log = tail(`${stdout.noise}${result.stderr}`)
    throw neverBegan(this.name, { step, as, user, privilege, code: result.code, log })
  }
}

/** A command may end with timeout's codes by itself, long before its time is over. */
function timedOut(code: number, began: number, options: { deadlineMs: number }): boolean {
  return TIMED_OUT.includes(code) && Date.now() - began >= options.deadlineMs
}
