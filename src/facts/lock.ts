import { constants } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { codeOf, isAbsent } from './cause.ts'
import type { LockFact } from './host-facts.ts'
import { readText } from './read.ts'
import type { LockRequest } from './requests.ts'
import { settled } from './settled.ts'

const mostTold = 2_000

/**
 * Whether a process holds the file by flock(2), as the kernel lists it (proc_locks(5)). By the number of its inode alone:
 * the device that stands there need not be the one that stat tells, as on overlays.
 */
export async function lookAtLock({ path }: LockRequest): Promise<LockFact> {
  const [about, text, locks] = await settled([
    statOf(path),
    // Nobody of ours makes a link of it, and what it said would be told.
    readText(path, constants.O_NOFOLLOW),
    readText('/proc/locks')
  ])
  if (about === null || locks === null) return { held: false, told: '' }
  const told = (text ?? '').slice(0, mostTold)
  // Who holds it has written its name; without one there is no reason to ask every process.
  return { held: isHeld(locks, about.ino) || (told !== '' && (await isHeldByProcess(about.ino))), told }
}

/**
 * In a namespace of processes that is not the machine's first one, as in a container, that list leaves out a lock whose
 * maker has ended, as flock(1) does where the descriptor is a shell's. It stands with the descriptor (proc_pid_fdinfo(5)),
 * which is seen of processes of the account that asks.
 */
async function isHeldByProcess(inode: number): Promise<boolean> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const folder of processes.map((name) => `/proc/${name}/fdinfo`)) {
    for (const name of (await unlessHidden(readdir(folder))) ?? []) {
      const text = (await unlessHidden(readFile(`${folder}/${name}`, 'utf8'))) ?? ''
      if (isHeld(text.replaceAll(/^lock:\s*/gm, ''), inode)) return true
    }
  }
  return false
}

/** Null where it is somebody else's, or has ended meanwhile. */
async function unlessHidden<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (isAbsent(error) || ['EACCES', 'EPERM', 'ESRCH'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}

export function isHeld(locks: string, inode: number): boolean {
  return locks.split('\n').some((line) => {
    const [, kind, , , , file = ''] = line.trim().split(/\s+/)
    return kind === 'FLOCK' && file.endsWith(`:${inode}`)
  })
}

async function statOf(path: string): Promise<{ ino: number } | null> {
  try {
    return await stat(path)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}
