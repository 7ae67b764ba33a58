import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { TenantError } from '../../src/errors.ts'
import { asRoot, run, type Finished } from './command.ts'
import type { Client } from './configure.ts'
import { logFile, removeHostFiles, writeHostFiles, type SandboxHost } from './host-file.ts'
import { bare, clientOf, stack, type Layer } from './layers.ts'
import * as machines from './machine.ts'
import { sandboxTenants } from './manifests.ts'
import { installPackages } from './packages.ts'

export const checkout = dirname(dirname(import.meta.dirname))

export interface SandboxOptions {
  /** Where host.json and the rest go; default: a fresh temp folder, which goes with the sandbox. */
  folder?: string
  /** The frozen machine that it is a clone of; default: a bare host for the manifests in `tenants`. */
  from?: Layer
  /** The folder of manifests; default: the checkout's own. */
  tenants?: string
  /** Called with each line of progress; default: standard error. */
  say?: (line: string) => void
  /** The folder of the layer that it becomes when it is powered off. */
  into?: string
}

export interface Sandbox extends AsyncDisposable {
  readonly folder: string
  readonly host: SandboxHost
  /** Runs a command on the host, as root or as another account of it, to its end. */
  exec(argv: string[], options?: { input?: string | Buffer; as?: string }): Promise<Finished>
  /** Restarts it; answers once all of its units have started again. */
  reboot(): Promise<void>
  /** Takes the network between this computer and it away. */
  cut(): Promise<void>
  heal(): Promise<void>
  /** Shuts it down as its power button does; what it wrote is kept where it was to become a layer. */
  powerOff(): Promise<void>
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

export function toStandardError(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The frozen machine that is a host with nothing of a tenant on it, made where it is not there yet. */
export async function bareLayer(tenants = join(checkout, 'tenants'), say = toStandardError): Promise<Layer> {
  ensureRoot()
  await installPackages(say)
  return bare(checkout, sandboxTenants(resolve(tenants)), say)
}

/**
 * Starts a whole machine and answers when all of its services run. It ends with `stop`, or with this process, however
 * that ends, unless it is kept.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const layer = options.from ?? (await bareLayer(options.tenants, options.say))
  ensureRoot()
  const temporary = options.folder === undefined
  const folder = temporary ? mkdtempSync(join(tmpdir(), 'tenant-sandbox-')) : resolve(options.folder ?? '')
  removeHostFiles(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const clean = () => {
    removeHostFiles(folder)
    if (temporary) rmSync(folder, { recursive: true, force: true })
  }
  let hold: machines.Hold | undefined
  try {
    const client = await clientOf(layer)
    const { into } = options
    hold = await machines.bootMachine(stack(layer), logFile(folder), into === undefined ? '' : `${into}/upper`)
    const authorities = client.authority + (await issuersRoot(hold.machine))
    const host = writeHostFiles(folder, hold.machine, client, authorities)
    const keep = () => (into === undefined ? Promise.resolve() : keepClient(host, client, into))
    return sandboxOf(folder, host, hold, { clean, keep })
  } catch (error) {
    hold?.close()
    clean()
    throw error
  }
}

interface Ends {
  /** Keeps what clients of its clones need. */
  keep(): Promise<void>
  clean(): void
}

function sandboxOf(folder: string, host: SandboxHost, hold: machines.Hold, { keep, clean }: Ends): Sandbox {
  const { machine } = host
  let stopped: Promise<void> | undefined
  const end = async () => {
    hold.close()
    await machines.untilGone(machine)
    clean()
  }
  const stop = () => (stopped ??= end())
  return {
    folder,
    host,
    exec: (argv, options) => machines.inMachine(machine, argv, options),
    reboot: () => machines.reboot(machine, logFile(folder)),
    cut: () => machines.link(machine, 'down'),
    heal: () => machines.link(machine, 'up'),
    async powerOff() {
      await keep()
      await machines.powerOff(machine)
    },
    stop,
    keep: () => hold.keep(),
    [Symbol.asyncDispose]: stop
  }
}

/** In PEM, what the authority on a machine signs with: another each time that it starts. */
async function issuersRoot(machine: machines.Machine): Promise<string> {
  const ask = ['curl', '--silent', '--fail', '--insecure', '--retry', '50', '--retry-delay', '0', '--retry-connrefused']
  const { code, stdout } = await machines.inMachine(machine, [...ask, 'https://127.0.0.1:15000/roots/0'])
  if (code === 0) return stdout
  throw new TenantError('command', 'the authority of the sandbox does not answer', {
    remedy: 'npm run sandbox -- exec -- journalctl -u pebble'
  })
}

/** Certificates that were issued on it stay good, and so do secrets that were added. */
async function keepClient(host: SandboxHost, client: Client, into: string): Promise<void> {
  const authority = readFileSync(host.ca_file, 'utf8')
  const secrets = JSON.parse(readFileSync(host.secrets_file, 'utf8')) as Client['secrets']
  const write = asRoot(['sh', '-c', 'umask 077; cat >"$1"', 'sh', `${into}/client.json`])
  await run(write, { input: JSON.stringify({ ...client, authority, secrets }) })
}
