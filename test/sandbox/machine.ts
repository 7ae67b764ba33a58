import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../../src/errors.ts'
import { asRoot, run, runToEnd, type Finished } from './command.ts'
import { insideCommand } from './inside.ts'
import { cache } from './layers.ts'
import { firstProcessOf, identify, isRunning, type ProcessIdentity } from './processes.ts'

/** A machine that runs: one process here, which ends with it. */
export interface Machine {
  name: string
  address: string
  process: ProcessIdentity
}

/** What holds a machine's life: it ends when this is closed, or when this process ends. */
export interface Hold {
  machine: Machine
  close(): void
  /** Lets the machine live on. */
  keep(): Promise<void>
}

/**
 * Starts a machine that stands on frozen layers, and answers once all of its units have started.
 *
 * @param freeze where what it wrote is moved when it is powered off
 * @param log a file for what goes wrong
 */
export async function bootMachine(layers: string[], log: string, freeze = ''): Promise<Hold> {
  const errors = openSync(log, 'w', 0o600)
  const script = join(import.meta.dirname, 'machine.sh')
  const [program = '', ...args] = asRoot(['sh', script, cache, layers.join(':'), freeze])
  // In a session of its own: neither Ctrl-C nor a closed terminal reaches it.
  const child = spawn(program, args, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', errors] })
  closeSync(errors)
  const line = child.stdin as Socket
  line.on('error', () => {})
  const hold: Hold = {
    machine: await announced(child, log),
    close: () => void line.destroy(),
    keep: () => new Promise((resolve) => void line.write('keep\n', () => resolve(void line.destroy())))
  }
  // Neither keeps this process alive.
  child.unref()
  line.unref()
  try {
    await untilUp(hold.machine, log)
    return hold
  } catch (error) {
    hold.close()
    throw error
  }
}

async function announced(child: ChildProcess, log: string): Promise<Machine> {
  child.once('error', () => {})
  for await (const line of createInterface({ input: child.stdout! })) {
    const [name = '', pid = '', address = ''] = line.split(' ')
    const process = identify(Number(pid))
    // Nothing more is said.
    child.stdout!.destroy()
    if (process !== undefined) return { name, address, process: { pid: process.pid, started: process.started } }
  }
  throw failed('did not start', log)
}

const failed = (how: string, log: string) =>
  new TenantError('command', `the sandbox' machine ${how}`, {
    remedy: 'a machine needs root, mount, PID and network namespaces, overlays and cgroups: see what the log says',
    log: readFileSync(log, 'utf8').slice(-4000)
  })

/** Ninety seconds at the most: a machine starts in three, on a computer that is not busy. */
export async function untilUp(machine: Machine, log: string): Promise<void> {
  const deadline = Date.now() + 90_000
  const pause = async () => {
    if (!isRunning(machine.process)) throw failed('ended while it started', log)
    if (Date.now() > deadline) throw failed('does not come up', log)
    await sleep(50)
  }
  while (firstProcessOf(machine.process) === undefined) await pause()
  for (;;) {
    const { stdout } = await inMachine(machine, ['systemctl', 'is-system-running', '--wait'])
    if (stdout.trim() === 'running') break
    if (stdout.trim() === 'degraded') {
      const { stdout: units } = await inMachine(machine, ['systemctl', '--failed', '--plain', '--no-legend'])
      throw new TenantError('command', `units of the sandbox' machine failed: ${units.trim()}`, {
        remedy: 'npm run sandbox -- prune, and start anew',
        log: (await inMachine(machine, ['journalctl', '-b', '-p', 'warning', '-n', '40', '--no-pager'])).stdout
      })
    }
    await pause()
  }
  while (!(await accepts(machine.address, 22))) await pause()
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })
}

/** Runs a command on a machine, as root or as another account of it, to its end. */
export function inMachine(
  machine: Machine,
  argv: string[],
  { input, as }: { input?: string | Buffer; as?: string } = {}
): Promise<Finished> {
  return runToEnd(insideCommand(machine.process, argv, as), input === undefined ? {} : { input })
}

/** Waits until a machine is gone, and with it all that it wrote. */
export async function untilGone({ process }: Machine): Promise<void> {
  for (let tries = 0; isRunning(process); tries += 1) {
    // Five minutes: one on which much was shipped has some hundred thousand files to remove.
    if (tries === 6000) {
      throw new TenantError('deadline', `the sandbox does not end: process ${process.pid} still runs`, {
        remedy: `end it: kill ${process.pid}`
      })
    }
    await sleep(50)
  }
}

export async function end(machine: Machine): Promise<void> {
  await runToEnd(asRoot(['kill', '-TERM', String(machine.process.pid)]))
  await untilGone(machine)
}

/** Shuts a machine down as its power button does. */
export async function powerOff(machine: Machine): Promise<void> {
  await inMachine(machine, ['systemctl', 'poweroff'])
  await untilGone(machine)
}

/** Restarts a machine and answers once it is up again. */
export async function reboot(machine: Machine, log: string): Promise<void> {
  const before = firstProcessOf(machine.process)
  await inMachine(machine, ['systemctl', 'reboot'])
  while (before !== undefined && isRunning(before)) await sleep(50)
  await untilUp(machine, log)
}

/** Takes the network between this computer and a machine away, or gives it back; what is sent meanwhile is lost. */
export async function link(machine: Machine, state: 'up' | 'down'): Promise<void> {
  const first = firstProcessOf(machine.process)
  if (first === undefined) throw new TenantError('command', 'the sandbox is not up')
  await run(asRoot(['nsenter', `--target=${first.pid}`, '--net', 'ip', 'link', 'set', 'host0', state]))
}
