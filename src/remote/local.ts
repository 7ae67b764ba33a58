import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { connect } from 'node:net'
import { hostname, userInfo } from 'node:os'
import type { Duplex, Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../errors.ts'
import { nothingListens, silentHost } from './host-errors.ts'
import type { Channel, Transport } from './transport.ts'

export interface LocalOptions {
  /** The account that the host file or `--user` names; we have to be it. */
  user: string
  /** The shell that runs a command line, which follows as its last argument. */
  shell?: readonly string[]
}

/** How long a tunnel may take to open, in ms. */
const DIAL_MS = 30_000
/** How long what we hung up on may take to end by itself, in ms. */
const END_MS = 1000

/**
 * The machine that we run on, as if we had logged in to it.
 * @throws TenantError where we run as another account
 */
export async function connectLocal({ user, shell = ['/bin/sh', '-c'] }: LocalOptions): Promise<Transport> {
  const machine = hostname()
  const self = currentAccount()
  if (self !== user) {
    throw new TenantError('usage', `the runner on this machine runs as ${self}, not as ${user}`, {
      where: machine,
      remedy: `run as ${user}, or correct user in the host file (or --user)`
    })
  }
  return new LocalTransport(`${user}@${machine}`, shell, cleanEnvironment(user))
}

/** A number stands in for an account without a name, as containers have them. */
function currentAccount(): string {
  try {
    return userInfo().username
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_SYSTEM_ERROR')
      return `the nameless account ${process.getuid!()}`
    throw thrown
  }
}

/**
 * Nothing of ours: a runner's environment holds secrets, and a variable by which it finds and ends at the end of a job
 * all that was started in it, and so each app that a deploy starts.
 */
function cleanEnvironment(user: string): Record<string, string> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    // The account's own, whatever ours says.
    HOME: userInfo().homedir,
    USER: user,
    LOGNAME: user,
    LANG: 'C.UTF-8'
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

interface Started {
  gone: Promise<unknown>
  hangUp(): void
  kill(): void
}

class LocalTransport implements Transport {
  readonly name: string
  readonly #shell: readonly string[]
  readonly #environment: Record<string, string>
  readonly #running = new Set<Started>()
  #closed = false

  constructor(name: string, shell: readonly string[], environment: Record<string, string>) {
    this.name = name
    this.#shell = shell
    this.#environment = environment
  }

  async exec(commandLine: string): Promise<Channel> {
    if (this.#closed) throw new TenantError('internal', 'a command was started after the connection had been closed')
    const [program = '', ...args] = [...this.#shell, commandLine]
    // Its own session: Ctrl-C in our terminal is for us, who then end what may be ended. The root folder is one that
    // every account may enter that is become.
    const options = { cwd: '/', env: this.#environment, detached: true, stdio: 'pipe' } as const
    const child: Child = spawn(program, args, options)
    await new Promise<void>((resolve, reject) =>
      child.once('spawn', resolve).once('error', (error) => reject(notStarted(this.name, program, error)))
    )
    return this.#follow(child)
  }

  #follow(child: Child): Channel {
    let hungUp = () => {}
    const gone = new Promise<Awaited<Channel['exit']>>((resolve) =>
      child.once('close', (code, signal) => resolve({ code, signal }))
    )
    const cut = new Promise<Awaited<Channel['exit']>>(
      (resolve) => (hungUp = () => resolve({ code: null, signal: null }))
    )
    const started = {
      gone,
      hangUp() {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        signalGroup(child, 'SIGHUP')
        hungUp()
      },
      kill: () => signalGroup(child, 'SIGKILL')
    }
    this.#running.add(started)
    void gone.then(() => this.#running.delete(started))
    const { stdin, stdout, stderr } = child
    return { stdin, stdout, stderr, exit: Promise.race([gone, cut]), close: started.hangUp }
  }

  dial(address: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, allowHalfOpen: true })
      const refuse = (why: TenantError) => {
        socket.destroy()
        reject(why)
      }
      const timer = setTimeout(() => refuse(silentHost(this.name, `a tunnel to ${address}:${port}`, DIAL_MS)), DIAL_MS)
      const refused = (error: Error) => refuse(nothingListens(this.name, `${address}:${port}`, error))
      socket.once('error', refused).once('connect', () => {
        socket.off('error', refused)
        resolve(socket)
      })
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const running = [...this.#running]
    for (const started of running) started.hangUp()
    if (running.length === 0) return
    await Promise.race([Promise.all(running.map(({ gone }) => gone)), sleep(END_MS, undefined, { ref: false })])
    for (const started of this.#running) started.kill()
  }
}

/** What runs as another account is not ours to signal: it sees its standard input end, as it does under sshd. */
function signalGroup(child: Child, signal: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid!, signal)
  } catch (thrown) {
    if (!['ESRCH', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown
  }
}

function notStarted(where: string, program: string, cause: Error): TenantError {
  return new TenantError('host-answer', `${program} could not be started: ${cause.message}`, {
    where,
    remedy: 'look at the memory and the number of processes that this machine has left',
    cause
  })
}
