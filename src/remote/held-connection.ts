import type { Duplex } from 'node:stream'
import { TenantError } from '../errors.ts'
import { readAnswers } from '../facts/answers.ts'
import type { Answers } from '../facts/facts.ts'
import { HELD_COMMAND, PROTOCOL } from '../facts/held/protocol.ts'
import type { FactRequest } from '../facts/requests.ts'
import type { FileChanges } from '../report/report.ts'
import { describe, type Command } from '../shell/command.ts'
import { tail } from './execute.ts'
import { pastDeadline } from './host-errors.ts'
import type { Actor, ExecuteOptions, OpenCommand, Remote, Result, Watching } from './remote.ts'
import { collect } from './streams.ts'
import type { Channel, Transport } from './transport.ts'

const GATHER_DEADLINE_MS = 60_000
const STEP = 'look at the host'

/**
 * A connection by a key that the host holds to its own collector. It looks as root, and a tenant's things with that
 * tenant's rights. All else that a `Remote` can do is refused here, and by the host where somebody tried it all the same.
 */
export class HeldConnection implements Remote {
  readonly #transport: Transport
  readonly #signal: AbortSignal
  readonly #keeper: string

  /** @param keeper the account that deploys: root looks at what is its own */
  constructor(transport: Transport, signal: AbortSignal, keeper: string) {
    this.#transport = transport
    this.#signal = signal
    this.#keeper = keeper
  }

  get name(): string {
    return this.#transport.name
  }

  async gather<Q extends Record<string, FactRequest>>(
    requests: Q,
    { as: account, deadlineMs = GATHER_DEADLINE_MS }: Actor & { deadlineMs?: number } = {}
  ): Promise<Answers<Q>> {
    const as = account === this.#keeper ? undefined : account
    const { code, stdout, stderr } = await this.#ask(lineOf(requests, as), deadlineMs)
    if (code !== 0) throw this.#noCollector(code, stderr)
    this.#checkProtocol(stdout)
    return readAnswers(stdout, asked(requests, as), this.name) as Answers<Q>
  }

  async watch(): Promise<Watching> {
    throw this.#refusal('read logs', 'in what an app prints there may be anything, a secret as well')
  }

  async execute(command: Command, { step, input, output }: ExecuteOptions): Promise<Result> {
    if (typeof input === 'object' && 'destroy' in input) input.destroy()
    output?.destroy()
    throw this.#refusal(step, `it would run ${describe(command)}`)
  }

  async sync(): Promise<FileChanges> {
    throw this.#refusal('sync files')
  }

  async dial(address: string, port: number): Promise<Duplex> {
    throw this.#refusal(`open a tunnel to ${address}:${port}`)
  }

  async open(_: Command, { step }: { step: string }): Promise<OpenCommand> {
    throw this.#refusal(step)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transport.close()
  }

  /** Standard input stays open until the answer is there: its end tells the host that nobody waits for one. */
  async #ask(line: string, deadlineMs: number): Promise<Result> {
    this.#signal.throwIfAborted()
    const channel = await this.#transport.exec(HELD_COMMAND)
    channel.stdin.on('error', () => undefined)
    channel.stdin.write(line)
    const streams = Promise.all([collect(channel.stdout), collect(channel.stderr)])
    streams.catch(() => undefined)
    const code = await this.#ended(channel, deadlineMs)
    const [stdout, stderr] = await streams
    return { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') }
  }

  async #ended(channel: Channel, deadlineMs: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    let interrupt = () => {}
    const cut = new Promise<never>((_, reject) => {
      interrupt = () => reject(this.#signal.reason as Error)
      this.#signal.addEventListener('abort', interrupt)
      timer = setTimeout(() => reject(pastDeadline(this.name, { step: STEP, deadlineMs })), deadlineMs)
    })
    try {
      return (await Promise.race([channel.exit, cut])).code ?? 255
    } finally {
      clearTimeout(timer)
      this.#signal.removeEventListener('abort', interrupt)
      channel.close()
    }
  }

  #checkProtocol(stdout: string): void {
    const speaks = /^\{"version":1,"mismatch":\{"asked":[^,]*,"speaks":(\d+)\}\}$/.exec(stdout.trim())?.[1]
    if (speaks === undefined) return
    throw new TenantError(
      'host-answer',
      `the host's collector speaks another protocol than this program (${speaks}, and this is ${PROTOCOL})`,
      { where: this.name, remedy: PROVISION }
    )
  }

  #noCollector(code: number, stderr: string): TenantError {
    const said = stderr.split('\n').filter((line) => line.trim() !== '')
    const why = said.find((line) => line.includes('Error: ')) ?? said.at(-1) ?? 'it said nothing'
    const what = `the host's collector gave no answer (exit code ${code}): ${why.slice(0, 300)}`
    return new TenantError('host-answer', what, {
      where: this.name,
      remedy: PROVISION,
      log: tail(stderr)
    })
  }

  #refusal(step: string, why = ''): TenantError {
    const what = `the key that was handed over may only look, and can't ${step}`
    return new TenantError('privilege', why === '' ? what : `${what}: ${why}`, {
      where: this.name,
      remedy: 'hand over the key that deploys (input ssh-key, or TENANT_SSH_KEY)'
    })
  }
}

const PROVISION = "install this program's collector there, by `tenant provision` of a tenant on this host"

/** The connection is nobody's in particular, so whose rights are wanted stands with each question. Root is who answers. */
function asked(requests: Record<string, FactRequest>, as: string | undefined): Record<string, FactRequest> {
  if (as === undefined || as === 'root') return requests
  return Object.fromEntries(
    Object.entries(requests).map(([name, request]) => [name, request.as === undefined ? { ...request, as } : request])
  )
}

function lineOf(requests: Record<string, FactRequest>, as: string | undefined): string {
  return `${JSON.stringify({ protocol: PROTOCOL, requests: asked(requests, as) })}\n`
}
