import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFile } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { TenantError } from '../../src/errors.ts'
import { asRoot, run, runToEnd, type Finished } from './command.ts'
import { keyFile, logFile, removeHostFiles, writeHostFiles, type SandboxHost } from './host-file.ts'
import { insideCommand } from './inside.ts'
import { findLoan } from './loan.ts'
import { sandboxTenants, type SandboxTenant } from './manifests.ts'
import { installPackages, postgresBin } from './packages.ts'
import type { Answer, Plan } from './plan.ts'
import { freePorts } from './ports.ts'
import { isRunning, type ProcessIdentity } from './processes.ts'

const here = import.meta.dirname
export const checkout = dirname(dirname(here))

export interface SandboxOptions {
  /** Where host.json and the rest go; default: a fresh temp folder, which goes with the sandbox. */
  folder?: string
  /** The folder of manifests; default: the checkout's own. */
  tenants?: string
  /** Called with each line of progress; default: standard error. */
  say?: (line: string) => void
}

export interface Sandbox extends AsyncDisposable {
  readonly folder: string
  readonly host: SandboxHost
  /** Runs a command on the host, as root or as another account of it, to its end. */
  exec(argv: string[], options?: { input?: string | Buffer; as?: string }): Promise<Finished>
  stop(): Promise<void>
  /** Lets the sandbox live on after this process. */
  keep(): Promise<void>
}

/** Makes sure that we may act as root, and asks for the password where a person is there to give it. */
export function ensureRoot(): void {
  if (process.getuid?.() === 0) return
  if (spawnSync('sudo', ['-n', 'true']).status === 0) return
  if (process.stdin.isTTY && spawnSync('sudo', ['-v'], { stdio: 'inherit' }).status === 0) return
  throw new TenantError('privilege', 'the sandbox needs root, and sudo does not let us', {
    remedy: 'run as root, or as a user who may use sudo'
  })
}

function makeSecrets(tenants: SandboxTenant[]): Record<string, string> {
  const names = tenants.flatMap((tenant) => tenant.secrets)
  return Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')]))
}

async function makeKey(folder: string): Promise<string> {
  const comment = ['-C', 'tenant sandbox']
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', ...comment, '-f', keyFile(folder)])
  return readFileSync(`${keyFile(folder)}.pub`, 'utf8')
}

interface Line {
  answers: Readable
  /** Says something to the supervisor. */
  say(line: string): Promise<void>
  /** Hangs up, as our own end would. */
  close(): void
}

/** Starts the supervisor in a session of its own: neither Ctrl-C nor a closed terminal reaches it. */
async function startSupervisor(folder: string): Promise<Line> {
  // A pipe by name, for Node closes a child's standard input when the child ends, and setsid does at once.
  const pipe = join(folder, 'line')
  await run(['mkfifo', '-m', '600', pipe])
  const theirEnd = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  // A bare number: a file handle would be closed when the caller lets go of the sandbox without stopping it.
  const ourEnd = openSync(pipe, constants.O_WRONLY)
  rmSync(pipe)
  const log = openSync(logFile(folder), 'w', 0o600)
  const [command = '', ...args] = asRoot(['setsid', '--fork', process.execPath, join(here, 'supervisor.ts')])
  const child = spawn(command, args, { cwd: '/', stdio: [theirEnd, 'pipe', log] })
  for (const end of [theirEnd, log]) closeSync(end)
  return {
    answers: child.stdout as Socket,
    say: (line) => promisify(writeFile)(ourEnd, `${line}\n`),
    close: () => closeSync(ourEnd)
  }
}

/** Follows the supervisor's answers until the host is ready. */
async function untilReady(answers: Readable, folder: string, say: (line: string) => void) {
  let supervisor: ProcessIdentity | undefined
  for await (const line of createInterface({ input: answers })) {
    const answer = JSON.parse(line) as Answer
    if (answer.kind === 'supervisor') supervisor = answer.process
    if (answer.kind === 'say') say(answer.line)
    if (answer.kind === 'ready' && supervisor !== undefined) return { supervisor, ready: answer.ready }
    if (answer.kind === 'failed') {
      const { reason, remedy, log } = answer
      throw new TenantError('command', `the sandbox did not start: ${reason}`, { remedy, log })
    }
  }
  throw new TenantError('command', 'the sandbox did not start', {
    log: readFileSync(logFile(folder), 'utf8').slice(-4000)
  })
}

/** Waits until the supervisor is gone, and with it the host and all that it left on disk. */
export async function untilGone(supervisor: ProcessIdentity): Promise<void> {
  for (let tries = 0; isRunning(supervisor); tries += 1) {
    // Five minutes: a host on which much was shipped has some hundred thousand files to remove.
    if (tries === 6000) {
      throw new TenantError('deadline', `the sandbox does not end: process ${supervisor.pid} still runs`, {
        remedy: `end it: kill ${supervisor.pid}`
      })
    }
    await sleep(50)
  }
}

async function makePlan(tenants: SandboxTenant[], folder: string, remove: string | undefined): Promise<Plan> {
  const postgres = postgresBin()
  if (postgres === undefined) throw new TenantError('tool-missing', 'PostgreSQL was not found in /usr/lib/postgresql')
  const [loan, authorizedKey, ports] = await Promise.all([findLoan(checkout, postgres), makeKey(folder), freePorts()])
  const inPlace = process.env.TENANT_SANDBOX === 'in-place'
  return { tenants, secrets: makeSecrets(tenants), authorizedKey, ports, loan, inPlace, ...(remove ? { remove } : {}) }
}

function sandboxOf(folder: string, host: SandboxHost, line: Line): Sandbox {
  let stopped: Promise<void> | undefined
  const end = async () => {
    line.close()
    await untilGone(host.supervisor)
    removeHostFiles(folder)
  }
  const stop = () => (stopped ??= end())
  return {
    folder,
    host,
    exec: (argv, { input, as } = {}) => runToEnd(insideCommand(host, argv, as), input === undefined ? {} : { input }),
    stop,
    async keep() {
      await line.say('keep')
      line.close()
    },
    [Symbol.asyncDispose]: stop
  }
}

/**
 * Starts a whole host and answers when all of its services run. It ends with `stop`, or with this process, however
 * that ends, unless it is kept.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const say = options.say ?? ((line) => process.stderr.write(`${line}\n`))
  const tenants = sandboxTenants(resolve(options.tenants ?? join(checkout, 'tenants')))
  ensureRoot()
  await installPackages(say)
  const temporary = options.folder === undefined
  const folder = temporary ? mkdtempSync(join(tmpdir(), 'tenant-sandbox-')) : resolve(options.folder ?? '')
  removeHostFiles(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  let line: Line | undefined
  try {
    const plan = await makePlan(tenants, folder, temporary ? folder : undefined)
    line = await startSupervisor(folder)
    // Where nobody listens, the missing answer tells it better than a broken pipe.
    const told = line.say(JSON.stringify(plan)).catch(() => {})
    const { supervisor, ready } = await untilReady(line.answers, folder, say)
    await told
    // Nothing more is said, and an open pipe would keep this process alive.
    line.answers.destroy()
    const host = writeHostFiles(folder, ready, plan.ports, supervisor, plan.secrets)
    return sandboxOf(folder, host, line)
  } catch (error) {
    line?.close()
    removeHostFiles(folder)
    throw error
  }
}
