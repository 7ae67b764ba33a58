import type { FileChanges } from './report.ts'

export type Mark = 'created' | 'changed' | 'deleted'

export interface Folder {
  /** Ends in a slash; `./` is the lane's root. */
  path: string
  counts: Record<Mark, number>
  /** Names relative to the folder, in order. */
  entries: { mark: Mark; name: string }[]
  /** How many entries a listing left out. */
  hidden: number
}

export interface Listing {
  folders: Folder[]
  /** Folders of which nothing is listed, and the files in them. */
  hiddenFolders: number
  hiddenFiles: number
}

const marks: Mark[] = ['created', 'changed', 'deleted']

// With more groups than this, folders are named by fewer of their parts.
const groupsWanted = 24

/** Lists at most so many files of each folder and in total; what is left out is counted. */
export function listFolders(folders: Folder[], limits: { perFolder: number; total: number }): Listing {
  const listed: Folder[] = []
  let room = limits.total
  let hiddenFolders = 0
  let hiddenFiles = 0
  for (const folder of folders) {
    if (room <= 0) {
      hiddenFolders++
      hiddenFiles += folder.entries.length
      continue
    }
    const entries = folder.entries.slice(0, Math.min(limits.perFolder, room))
    // The folder's own line counts too, or a thousand folders of one file each would not be held back.
    room -= entries.length + 1
    listed.push({ ...folder, entries, hidden: folder.entries.length - entries.length })
  }
  return { folders: listed, hiddenFolders, hiddenFiles }
}

/** Files by folder, in order. */
export function groupByFolder(files: FileChanges): Folder[] {
  const all = marks.flatMap((mark) => files[mark].map((path) => ({ mark, path, parents: parentsOf(path) })))
  let depth = all.reduce((deepest, { parents }) => Math.max(deepest, parents.length), 1)
  const folderAt = (parents: string[]) => parents.slice(0, depth).join('/')
  while (depth > 1 && new Set(all.map(({ parents }) => folderAt(parents))).size > groupsWanted) depth--

  const folders = new Map<string, Folder>()
  for (const { mark, path, parents } of all) {
    const prefix = folderAt(parents)
    const folder = folders.get(prefix) ?? {
      path: prefix === '' ? './' : `${prefix}/`,
      counts: { created: 0, changed: 0, deleted: 0 },
      entries: [],
      hidden: 0
    }
    folders.set(prefix, folder)
    folder.counts[mark]++
    folder.entries.push({ mark, name: prefix === '' ? path : path.slice(prefix.length + 1) })
  }
  for (const folder of folders.values()) folder.entries.sort((a, b) => compare(a.name, b.name))
  return Array.from(folders.values()).sort((a, b) => compare(a.path, b.path))
}

// rsync names a folder with a slash at its end: it lies in its parent.
function parentsOf(path: string): string[] {
  return path.replace(/\/$/, '').split('/').slice(0, -1)
}

// By code unit, so that the order is the same on every machine.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function countsLine(counts: Record<Mark, number>): string {
  return marks
    .filter((mark) => counts[mark] > 0)
    .map((mark) => `${counts[mark].toLocaleString('en-US')} ${mark}`)
    .join(', ')
}
