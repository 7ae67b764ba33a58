import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { NodeSSH } from 'node-ssh'
import type { Client, ClientChannel } from 'ssh2'
import ssh2 from 'ssh2'
import { TenantError } from '../errors.ts'
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
      ...(options.privateKey === undefined ? { agent: options.agent! } : { privateKey: options.privateKey }),
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
      channel.once('close', () => {
        // Without an exit status the channel was torn down with the connection; its own close tells why.
        if (status.code === null && status.signal === null && !this.#closing)
          return setTimeout(() => reject(this.#lost ?? dropped(this.name)), 50)
        this.#open.delete(reject)
        resolve(status)
      })
    })
    exit.catch(() => undefined)
    return { stdin: channel, stdout: channel, stderr: channel.stderr, exit, close: () => channel.close() }
  }

  async dial(address: string, port: number): Promise<Duplex> {
    return this.#request<ClientChannel>(
      (done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done),
      `a tunnel to ${address}:${port}`
    )
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#ssh.dispose()
  }

  #request<T>(start: (done: (error: Error | undefined, value: T) => void) => void, what = 'a channel'): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#lost !== undefined) return reject(this.#lost)
      this.#open.add(reject)
      const done = (error: Error | undefined, value: T) => {
        this.#open.delete(reject)
        if (error === undefined) resolve(value)
        else
          reject(
            new TenantError('host-answer', `the host refused ${what}: ${error.message}`, {
              where: this.name,
              remedy: "look at sshd's log on the host (MaxSessions, AllowTcpForwarding)",
              cause: error
            })
          )
      }
      try {
        start(done)
      } catch (thrown) {
        this.#open.delete(reject)
        reject(dropped(this.name, thrown))
      }
    })
  }
}

/** The fingerprint of a host key as OpenSSH prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function checkPrivateKey(text: string): void {
  const parsed = ssh2.utils.parseKey(text)
  if (!(parsed instanceof Error)) return
  const encrypted = /encrypted/i.test(parsed.message)
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
