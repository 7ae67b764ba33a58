import { constants } from 'node:fs'
import { readdir, readlink, stat } from 'node:fs/promises'
import type { TreeEntry, TreeFact } from './facts.ts'
import type { TreeRequest } from './requests.ts'
import { isAbsent } from './cause.ts'
import { hashOpen, readText, withOpen } from './read.ts'

/** The paths to look at and the folders on the way to them; null: everything. */
type Wanted = { files: Set<string>; folders: Set<string> } | null

/** Hashes what lies below a folder. Symbolic links are reported, never followed; empty folders are not seen. */
export async function lookAtTree(request: TreeRequest): Promise<TreeFact> {
  const root = request.root.replace(/\/+$/, '') || '/'
  const about = await ifStillThere(() => stat(root))
  if (!about) return { exists: false, files: {} }
  if (!about.isDirectory()) throw new Error(`${root} is not a folder`)
  const wanted = request.recordedIn === undefined ? null : await readRecord(request.recordedIn)
  const found: [string, TreeEntry][] = []
  await walk(root, '', wanted, found)
  found.sort(([a], [b]) => (a < b ? -1 : 1))
  // fromEntries, because plain assignment would lose a file called __proto__.
  return { exists: true, files: Object.fromEntries(found) }
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

async function walk(root: string, folder: string, wanted: Wanted, found: [string, TreeEntry][]): Promise<void> {
  const absolute = (name: string) => `${root === '/' ? '' : root}/${name}`
  const entries = await ifStillThere(() =>
    readdir(folder ? absolute(folder) : root, { withFileTypes: true, encoding: 'buffer' })
  )
  await Promise.all(
    (entries ?? []).map(async (entry) => {
      // No record names what is not UTF-8.
      if (wanted && !isText(entry.name)) return
      const name = decoded(entry.name, folder)
      const path = folder ? `${folder}/${name}` : name
      if (entry.isDirectory()) {
        if (!wanted || wanted.folders.has(path)) await walk(root, path, wanted, found)
        return
      }
      if (wanted && !wanted.files.has(path)) return
      if (!entry.isFile() && !entry.isSymbolicLink()) {
        throw new Error(`${JSON.stringify(absolute(path))} is neither a file, a folder nor a symbolic link`)
      }
      const seen = await ifStillThere(() => (entry.isFile() ? file(absolute(path)) : link(absolute(path))))
      if (seen) found.push([path, seen])
    })
  )
}

async function file(path: string): Promise<TreeEntry> {
  return withOpen(
    path,
    async (opened) => ({
      ...(await hashOpen(opened)),
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
  const hex = (byte: string) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
  const escaped = name.toString('latin1').replace(/[^ -~]/g, hex)
  throw new Error(`the name "${escaped}" in ${JSON.stringify(where || '.')} is not valid UTF-8; rename it`)
}
