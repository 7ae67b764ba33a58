import { constants } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import type { TreeEntry, TreeFact } from './facts.ts'
import type { TreeRequest } from './requests.ts'
import { isAbsent } from './cause.ts'
import { hashOpen, readText, withOpen } from './read.ts'
import { settled } from './settled.ts'

const mostOthers = 1000

/** The paths to look at and the folders on the way to them; null: everything. */
type Wanted = { files: Set<string>; folders: Set<string> } | null

interface Walk {
  root: string
  wanted: Wanted
  /** The folder whose files are no others; absent: nobody asks for others. */
  othersOutside?: string
  signal?: AbortSignal
  found: [string, TreeEntry][]
  others: string[]
}

/**
 * Hashes what lies below a folder. Symbolic links are reported, never followed; empty folders are not seen. When the
 * signal aborts, it ends soon.
 */
export async function lookAtTree(request: TreeRequest, signal?: AbortSignal): Promise<TreeFact> {
  const root = request.root.replace(/\/+$/, '') || '/'
  const { recordedIn, othersOutside } = request
  const asked = othersOutside !== undefined
  const about = await ifStillThere(() => stat(root))
  if (!about) return { exists: false, files: {}, ...(asked && { others: [] }) }
  if (!about.isDirectory()) throw new Error(`${root} is not a folder`)
  const wanted = recordedIn === undefined ? null : await readRecord(recordedIn)
  const walk: Walk = {
    root,
    wanted,
    ...(asked && { othersOutside }),
    ...(signal && { signal }),
    found: [],
    others: []
  }
  await look(walk, '')
  walk.found.sort(([a], [b]) => (a < b ? -1 : 1))
  // fromEntries, because plain assignment would lose a file called __proto__.
  const files = Object.fromEntries(walk.found)
  return { exists: true, files, ...(asked && { others: walk.others.sort().slice(0, mostOthers) }) }
}

/** A folder without its record has nothing that was recorded. */
async function readRecord(path: string): Promise<Wanted> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const text = await readText(path)
  if (text === null) return { files, folders }
  for (const file of recordedPaths(text, path)) {
    files.add(file)
    for (let slash = file.indexOf('/'); slash !== -1; slash = file.indexOf('/', slash + 1)) {
      folders.add(file.slice(0, slash))
    }
  }
  return { files, folders }
}

function recordedPaths(text: string, path: string): string[] {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (error) {
    throw new Error(`${path} is not JSON`, { cause: error })
  }
  const files = (record as { files?: unknown } | null)?.files
  if (typeof files !== 'object' || files === null) throw new Error(`${path} has no list of files`)
  return Object.keys(files)
}

async function look(walk: Walk, folder: string): Promise<void> {
  const { wanted, othersOutside, signal } = walk
  const absolute = (name: string) => `${walk.root === '/' ? '' : walk.root}/${name}`
  const entries = await ifStillThere(() =>
    readdir(folder ? absolute(folder) : walk.root, { withFileTypes: true, encoding: 'buffer' })
  )
  await settled(
    (entries ?? []).map(async (entry) => {
      signal?.throwIfAborted()
      // No record names what is not UTF-8.
      if (wanted && !isText(entry.name)) {
        if (othersOutside !== undefined) walk.others.push((folder ? `${folder}/` : '') + escaped(entry.name))
        return
      }
      const name = decoded(entry.name, folder)
      const path = folder ? `${folder}/${name}` : name
      if (entry.isDirectory()) {
        if (!wanted || wanted.folders.has(path)) await look(walk, path)
        else if (othersOutside !== undefined && path !== othersOutside) await lookForOthers(walk, path)
        return
      }
      if (wanted && !wanted.files.has(path)) {
        if (othersOutside !== undefined) walk.others.push(path)
        return
      }
      if (!entry.isFile() && !entry.isSymbolicLink()) {
        throw new Error(`${JSON.stringify(absolute(path))} is neither a file, a folder nor a symbolic link`)
      }
      const seen = await ifStillThere(() => (entry.isFile() ? file(absolute(path), signal) : link(absolute(path))))
      if (seen) walk.found.push([path, seen])
    })
  )
}

/** In a folder that nobody has recorded. One that can't be looked into is named itself, and is in nobody's way. */
async function lookForOthers(walk: Walk, folder: string): Promise<void> {
  try {
    await look(walk, folder)
  } catch (error) {
    if (walk.signal?.aborted === true) throw error
    walk.others.push(`${folder}/`)
  }
}

async function file(path: string, signal?: AbortSignal): Promise<TreeEntry> {
  return withOpen(
    path,
    async (opened) => ({
      ...(await hashOpen(opened, signal)),
      executable: (opened.about.mode & constants.S_IXUSR) !== 0
    }),
    constants.O_NOFOLLOW
  )
}

async function link(path: string): Promise<TreeEntry> {
  const target = await readlink(path, 'buffer')
  return { link: decoded(target, path), executable: false, bytes: target.length }
}

/** What is deleted while we look was not there. */
async function ifStillThere<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

function isText(name: Buffer): boolean {
  return Buffer.from(name.toString('utf8')).equals(name)
}

function decoded(name: Buffer, where: string): string {
  if (isText(name)) return name.toString('utf8')
  throw new Error(`the name "${escaped(name)}" in ${JSON.stringify(where || '.')} is not valid UTF-8; rename it`)
}

function escaped(name: Buffer): string {
  const hex = (byte: string) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  return name.toString('latin1').replace(/[^ -~]/g, hex)
}
