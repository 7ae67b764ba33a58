import { readFileSync } from 'node:fs'

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  pid: number
  started: number
}

/** Who has this number now; absent: no process has, or one that has ended and that nobody has taken note of. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; the 22nd field is counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? undefined : { pid, started: Number(fields[19]) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.started === process.started
}
