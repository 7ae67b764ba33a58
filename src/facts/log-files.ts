import { constants } from 'node:fs'
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises'
import type { LogSource } from './logs.ts'
import { ifThere } from './cause.ts'

export interface LogFile {
  path: string
  /** It is still written to, so far as its name says: logrotate(8) has not put it aside. */
  live: boolean
  /** Tells it from another file that gets the same name later. */
  id: string
  modifiedMs: number
}

/** logrotate's endings, with `dateext` and without. */
const rotated = /(?:\.\d+|-\d{8}(?:-\d+)?)(?:\.gz)?$/
/** A folder of a tenant's can hold as many as the tenant likes. */
const mostFiles = 50

/**
 * The files of a log, the newest first; none where there is no folder. `odd` is what has such a name and is something
 * else: a link, a pipe.
 */
export async function findLogs({ folder, name }: LogSource): Promise<{ files: LogFile[]; odd: string[] }> {
  const files: LogFile[] = []
  const odd: string[] = []
  for (const entry of (await ifThere(readdir(folder))) ?? []) {
    const live = matches(name, entry)
    if (!live && !(rotated.test(entry) && matches(name, entry.replace(rotated, '')))) continue
    const path = `${folder}/${entry}`
    const about = await ifThere(lstat(path))
    if (about?.isFile() === true) files.push({ path, live, id: `${about.dev}:${about.ino}`, modifiedMs: about.mtimeMs })
    else if (about !== null) odd.push(path)
  }
  files.sort((a, b) => b.modifiedMs - a.modifiedMs || (a.path < b.path ? 1 : -1))
  return { files: files.slice(0, mostFiles), odd }
}

/**
 * Opens one of them; null where it is gone by now. What took its place meanwhile (a link, a pipe) is refused: whoever
 * may write to the folder would choose what is read.
 */
export async function openLog({ path, id }: LogFile): Promise<FileHandle | null> {
  const handle = await ifThere(open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  if (handle === null) return null
  const about = await handle.stat()
  if (about.isFile() && `${about.dev}:${about.ino}` === id) return handle
  await handle.close()
  return null
}

function matches(name: string, entry: string): boolean {
  const [start = '', end] = name.split('*')
  if (end === undefined) return entry === start
  return entry.length >= start.length + end.length && entry.startsWith(start) && entry.endsWith(end)
}
