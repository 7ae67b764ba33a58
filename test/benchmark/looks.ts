import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { insideCommand } from '../sandbox/inside.ts'
import type { World } from '../world/world.ts'
import { hostFile } from './fleet.ts'
import { startRelay, type Relay } from './relay.ts'

/** What one run of the command took of this machine. */
export interface Look {
  ms: number
  /** Time of processors that went into the command itself, and not into the host. */
  cpuMs: number
  /** The most memory that it held. */
  bytes: number
}

/** What it took of the network and of the host. */
export type Watched = Relay['counted'] & { collectorBytes: number }

const POLL_MS = 20
/** The kernel counts the time of a process in these (`getconf CLK_TCK`). */
const TICK_MS = 10

/**
 * Runs doctor on tenants of which nothing has drifted.
 * @throws where it does not find them so
 */
export async function look(world: World, words: readonly string[]): Promise<Look> {
  const began = performance.now()
  const { child, done } = world.start([...words, '--json'])
  let used = { cpuMs: 0, bytes: 0 }
  let ms: number | undefined
  const ended = done.then((ran) => {
    ms = performance.now() - began
    if (ran.code !== 0) throw new Error(`${words.join(' ')} ended with ${ran.code}:\n${ran.stdout}${ran.stderr}`)
  })
  while (ms === undefined) {
    used = usedBy(child.pid!) ?? used
    await Promise.race([ended, sleep(POLL_MS)])
  }
  await ended
  return { ms, ...used }
}

/** As `look`, with its connection counted and the host looked over, which takes time: it is not to be timed. */
export async function watchedLook(world: World, words: readonly string[]): Promise<Watched> {
  await using relay = await startRelay(world.host.address, world.host.port)
  const file = 'tenants/hosts/sandbox.yml'
  world.repository.write(file, `${hostFile}address: 127.0.0.1\nport: ${relay.port}\n`)
  const [command = '', ...args] = insideCommand(world.host.machine.process, ['node', '-e', WATCH_COLLECTOR])
  const watch = spawn(command, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'] })
  const told = text(watch.stdout)
  try {
    await once(watch.stdout, 'readable')
    await look(world, words)
  } finally {
    world.repository.write(file, hostFile)
    watch.stdin.end()
  }
  return { ...relay.counted, collectorBytes: Number((await told).trim().split('\n').at(-1)) }
}

/** Null once it has ended. */
export function usedBy(pid: number): { cpuMs: number; bytes: number } | null {
  try {
    // Behind the name, which may hold spaces, the state is the third field: proc_pid_stat(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return peak === null
      ? null
      : { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, bytes: Number(peak[1]) * 1024 }
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** Says `ready`; and when its standard input ends, the most memory in bytes that any collector held meanwhile. */
const WATCH_COLLECTOR = `const { readdirSync, readFileSync } = require('node:fs')
const read = (pid, file) => {
  try { return readFileSync('/proc/' + pid + '/' + file, 'utf8') } catch { return '' }
}
let most = 0
setInterval(() => {
  for (const pid of readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
    if (!/^node\\0(?:.*\\0)?-\\0$/.test(read(pid, 'cmdline'))) continue
    const peak = /^VmHWM:\\s+(\\d+) kB$/m.exec(read(pid, 'status'))
    most = Math.max(most, Number(peak?.[1] ?? 0) * 1024)
  }
}, ${POLL_MS})
console.log('ready')
process.stdin.resume().on('end', () => {
  console.log(most)
  process.exit()
})`
