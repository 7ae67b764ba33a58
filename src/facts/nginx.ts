import { readdir } from 'node:fs/promises'
import type { NginxFact } from './facts.ts'
import type { NginxRequest } from './requests.ts'
import { readPid, readProcess } from './read.ts'
import { settled } from './settled.ts'

/** Linux reports times of processes in hundredths of a second, whatever the kernel's own clock. */
const tickMs = 10

interface Stat {
  parent: number
  startTicks: number
}

export async function lookAtNginx({ pidFile }: NginxRequest): Promise<NginxFact> {
  const notRunning = { running: false, master: 0, workers: [] }
  const master = await readPid(pidFile)
  if (master === null) return notRunning
  // After a crash the file names a process that is gone, or somebody else's.
  if (!(await titleOf(master)).startsWith('nginx: master process')) return notRunning
  return { running: true, master, workers: await workersOf(master) }
}

async function workersOf(master: number): Promise<NginxFact['workers']> {
  const own = await statOf(process.pid)
  if (!own) throw new Error('/proc tells nothing about the asking process')
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await settled(
    pids.map(async (pid) => {
      const stat = await statOf(pid)
      if (stat?.parent !== master) return []
      const title = await titleOf(pid)
      if (!title.startsWith('nginx: worker process') || title.includes('is shutting down')) return []
      // Counted from this process, whose start is known on both clocks: in a container the boot time
      // in /proc may be the container's while the ticks are the machine's.
      return [{ pid, startedAtMs: Math.round(performance.timeOrigin + (stat.startTicks - own.startTicks) * tickMs) }]
    })
  )
  return found.flat().sort((a, b) => a.pid - b.pid)
}

/** Reads the text of /proc/PID/stat, whose second field is a name that may hold spaces and brackets. */
export function parseStat(text: string): Stat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), startTicks: Number(fields[19]) }
}

async function statOf(pid: number): Promise<Stat | null> {
  const text = await readProcess(pid, 'stat')
  return text ? parseStat(text) : null
}

async function titleOf(pid: number): Promise<string> {
  return (await readProcess(pid, 'cmdline')) ?? ''
}
