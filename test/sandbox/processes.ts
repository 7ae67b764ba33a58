import { readdirSync, readFileSync } from 'node:fs'

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  pid: number
  started: number
}

interface Process extends ProcessIdentity {
  name: string
  parent: number
}

/** Who has this number now; absent: no process has, or one that has ended and that nobody has taken note of. */
export function identify(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; the 22nd field is counted from behind it.
    const [begin, end] = [stat.indexOf('('), stat.lastIndexOf(')')]
    const fields = stat.slice(end + 2).split(' ')
    const [state, parent] = fields
    if (state === 'Z') return undefined
    return { pid, started: Number(fields[19]), name: stat.slice(begin + 1, end), parent: Number(parent) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.started === process.started
}

/** The machine's own first process, as this computer numbers it; absent while it starts, and once it has ended. */
export function firstProcessOf(machine: ProcessIdentity): ProcessIdentity | undefined {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => identify(Number(name)))
    .filter((process) => process !== undefined)
  const below = (pid: number, name: string) =>
    all.find((process) => process.parent === pid && (name === '' || process.name === name))?.pid ?? -1
  const runner = below(below(machine.pid, 'unshare'), 'sh')
  const first = below(runner, 'systemd-nspawn')
  return all.find((process) => process.parent === first && process.name === 'systemd')
}
