import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ClientChannel } from 'ssh2'
import ssh2 from 'ssh2'
import { TenantError } from '../errors.ts'
import { nothingListens, silentHost } from './host-errors.ts'
import { connectError } from './ssh-errors.ts'
import type { Channel, Transport } from './transport.ts'

export interface SshOptions {
  address: string
  port: number
  user: string
  /** The host's pinned keys as OpenSSH prints them: SHA256:… */
  hostKeys: readonly string[]
  /** Text of the private key; it is kept in memory only. */
  privateKey?: string | undefined
  /** Socket of an ssh-agent, used where there is no private key. */
  agent?: string | undefined
  /** How long the connection may take to come up, in ms. */
  connectDeadlineMs?: number
  /** A connection that answers nothing for three of these is lost, in ms. */
  keepaliveMs?: number
}

/** SSH_OPEN_CONNECT_FAILED (RFC 4254, 5.1): sshd would have let us, but the port did not answer. */
const CONNECT_FAILED = 2

/** @throws TenantError that says which of these it was: no such host, refused, wrong host key, bad key, no answer. */
export async function connectSsh(options: SshOptions): Promise<Transport> {
  const name = `${options.user}@${options.address}:${options.port}`
  if (options.privateKey !== undefined) checkPrivateKey(options.privateKey)
  else if (options.agent === undefined) throw noKey(name)

  let seen: string | undefined
  const ssh = new NodeSSH()
  try {
    await ssh.connect({
      host: options.address,
      port: options.port,
      username: options.user,
      // Without `none`, which ssh2 tries first otherwise: a question and an answer that no host says yes to.
      ...(options.privateKey === undefined
        ? { agent: options.agent!, authHandler: ['agent'] }
        : { privateKey: options.privateKey, authHandler: ['publickey'] }),
      // ssh2 accepts every host key unless a verifier says no.
      hostVerifier: (key: Buffer) => {
        seen = fingerprint(key)
        return options.hostKeys.includes(seen)
      },
      readyTimeout: options.connectDeadlineMs ?? 20_000,
      keepaliveInterval: options.keepaliveMs ?? 10_000,
      keepaliveCountMax: 3
    })
  } catch (thrown) {
    ssh.dispose()
    throw connectError(thrown, { name, options, seen })
  }
  return new SshTransport(name, ssh)
}

/** How long the host may take to open a channel or a tunnel, in ms. */
const REQUEST_MS = 30_000

class SshTransport implements Transport {
  readonly name: string
  readonly #ssh: NodeSSH
  readonly #client: Client
  readonly #open = new Set<(lost: TenantError) => void>()
  #lost: TenantError | undefined
  #closing = false

  constructor(name: string, ssh: NodeSSH) {
    this.name = name
    this.#ssh = ssh
    this.#client = ssh.connection!
    let cause: unknown
    // An error after connect that nobody listens to would end the process.
    this.#client.on('error', (error) => (cause = error))
    this.#client.on('close', () => {
      if (this.#closing) return
      this.#lost = dropped(name, cause)
      for (const reject of this.#open) reject(this.#lost)
      this.#open.clear()
    })
  }

  async exec(commandLine: string): Promise<Channel> {
    const channel = await this.#request<ClientChannel>((done) => this.#client.exec(commandLine, done))
    let status: { code: number | null; signal: string | null } = { code: null, signal: null }
    channel.on('exit', (code: number | null, signal?: string) => (status = { code, signal: signal ?? null }))
    const exit = new Promise<typeof status>((resolve, reject) => {
      this.#open.add(reject)
      const ended = () => {
        this.#open.delete(reject)
        if (this.#lost === undefined) resolve(status)
        else reject(this.#lost)
      }
      // Without a status the channel was torn down with the connection, whose own close then follows; or it ended
      // while we were still writing to it, when sshd may drop the status.
      channel.once('close', () => (status.code === null && status.signal === null ? setTimeout(ended, 50) : ended()))
    })
    exit.catch(() => undefined)
    return { stdin: channel, stdout: channel, stderr: channel.stderr, exit, close: () => channel.close() }
  }

  async dial(address: string, port: number): Promise<Duplex> {
    return this.#request<ClientChannel>(
      (done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done),
      `a tunnel to ${address}:${port}`
    ).catch((thrown: unknown) => {
      const { reason } = (thrown as { cause?: { reason?: number } }).cause ?? {}
      throw reason === CONNECT_FAILED ? nothingListens(this.name, `${address}:${port}`, thrown) : thrown
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#ssh.dispose()
  }

  async #request<T>(
    start: (done: (error: Error | undefined, value: T) => void) => void,
    what = 'a channel'
  ): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost
    let timer: NodeJS.Timeout | undefined
    let lose: ((lost: TenantError) => void) | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#open.add((lose = reject))
        timer = setTimeout(() => reject(silentHost(this.name, what, REQUEST_MS)), REQUEST_MS)
        start((error, value) => (error === undefined ? resolve(value) : reject(declined(this.name, what, error))))
      })
    } catch (thrown) {
      throw thrown instanceof TenantError ? thrown : dropped(this.name, thrown)
    } finally {
      clearTimeout(timer)
      if (lose !== undefined) this.#open.delete(lose)
    }
  }
}

function declined(where: string, what: string, cause: Error): TenantError {
  const remedy = "look at sshd's log on the host (MaxSessions, AllowTcpForwarding)"
  return new TenantError('host-answer', `the host refused ${what}: ${cause.message}`, { where, remedy, cause })
}

/** The fingerprint of a host key as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function checkPrivateKey(text: string): void {
  const parsed = ssh2.utils.parseKey(text)
  if (!(parsed instanceof Error) && [parsed].flat().some((key) => key.isPrivateKey())) return
  const encrypted = parsed instanceof Error && /encrypted/i.test(parsed.message)
  throw new TenantError(
    'secret',
    encrypted
      ? 'the SSH key is protected by a passphrase'
      : 'the SSH key is not a private key in OpenSSH or PEM format',
    {
      remedy: encrypted
        ? 'make a key without one for deploying (ssh-keygen -t ed25519 -N "" -f deploy_key), or load it into ssh-agent'
        : 'give the whole file, from -----BEGIN to -----END, with its line breaks'
    }
  )
}

function noKey(name: string): TenantError {
  return new TenantError('secret', 'there is no SSH key to connect with', {
    where: name,
    remedy: 'set the input ssh-key (or TENANT_SSH_KEY), name a key_file in the host file, or start an ssh-agent'
  })
}

function dropped(name: string, cause?: unknown): TenantError {
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return new TenantError('dropped', `the connection to the host was lost${why}`, {
    where: name,
    remedy: 'run the same command again: it starts from what the host says is live',
    cause
  })
}
