import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { TenantError } from '../errors.ts'
import type { Tree, TreeEntry } from '../facts/facts.ts'
import { limit } from '../facts/limit.ts'
import { hashOpen, sha256, withOpen, type Hashed } from '../facts/read.ts'
import { settled } from '../facts/settled.ts'
import { gitFiles, notUtf8, type WholeListing } from './git-files.ts'
import type { Sourcing } from './sourcing.ts'

/** Files below a folder that a lane ships. */
export interface SelectedFiles {
  folder: string
  /** Relative, with `/`. */
  paths: string[]
}

/** Never shipped, whatever a source holds: they are made on the host, or are nobody's business there. */
const NEVER = new Set(['.git', 'node_modules', '.tenant', '.DS_Store'])
/** So many files are hashed or copied at once. */
const AT_ONCE = 32
const SECRET_FILE = /^\.env(\..*)?\.local$|^\.env$/

/**
 * Lists what of a folder is shipped. With `git`, inside a work tree: what is tracked, and what is new and not
 * ignored; elsewhere every file. A `whole` listing spares one git for each of many folders.
 */
export async function listFiles(
  folder: string,
  options: { git: boolean; sourcing: Sourcing; whole?: WholeListing }
): Promise<SelectedFiles> {
  const listed = options.git ? await gitFiles(folder, options.sourcing, options.whole) : null
  const paths = (listed ?? (await walk(folder, ''))).filter((path) => {
    const parts = path.split('/')
    return !parts.some((part) => NEVER.has(part)) && !SECRET_FILE.test(parts.at(-1)!)
  })
  if (paths.length === 0) {
    throw new TenantError('source', 'there is nothing to ship: the folder holds no file', {
      where: folder,
      remedy: 'correct source or output in the manifest; an empty release is never published'
    })
  }
  return { folder, paths: paths.sort() }
}

/** Hashes the selected files, many at once. */
export async function hashSelected({ folder, paths }: SelectedFiles): Promise<Tree> {
  return treeOf(paths, (path) => entryAt(join(folder, path), path))
}

/** Copies the selected files into a new folder, with the modes that they shall have on the host, and hashes the copies. */
export async function copySelected({ folder, paths }: SelectedFiles, into: string): Promise<Tree> {
  for (const below of new Set(paths.map(dirname))) await mkdir(join(into, below), { recursive: true, mode: 0o755 })
  return treeOf(paths, (path) => copyEntry(join(folder, path), join(into, path), path))
}

/**
 * Copies what was hashed before.
 * @throws TenantError where a file is another by now: what was compared would not be what ships
 */
export async function copyHashed(files: SelectedFiles, tree: Tree, into: string): Promise<Tree> {
  const copied = await copySelected(files, into)
  const other = files.paths.find((path) => !isDeepStrictEqual({ ...copied[path] }, { ...tree[path] }))
  if (other === undefined) return copied
  throw new TenantError('source', `a file changed while it was read: ${JSON.stringify(other)}`, {
    where: files.folder,
    remedy: 'run the same command again, when nothing writes there'
  })
}

async function treeOf(paths: readonly string[], entry: (path: string) => Promise<TreeEntry>): Promise<Tree> {
  const inTurn = limit(AT_ONCE)
  const entries = await settled(paths.map((path) => inTurn(() => entry(path))))
  // Without a prototype: a file may be named __proto__.
  const tree = Object.create(null) as Tree
  for (const [at, path] of paths.entries()) tree[path] = entries[at]!
  return tree
}

/** Puts one file of the host's into a staged tree. */
export async function addFile(tree: Tree, into: string, path: string, content: Buffer): Promise<void> {
  const to = join(into, path)
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  await writeFile(to, content, { mode: 0o644 })
  tree[path] = { sha256: sha256(content), executable: false, bytes: content.length }
}

async function copyEntry(from: string, to: string, path: string): Promise<TreeEntry> {
  const entry = await shippable(from, path)
  if (entry.link !== undefined) {
    await symlink(entry.link, to)
    return entry
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await chmod(to, entry.executable ? 0o755 : 0o644)
  return { ...(await hashAt(to)), executable: entry.executable }
}

async function entryAt(from: string, path: string): Promise<TreeEntry> {
  const entry = await shippable(from, path)
  return entry.link === undefined ? { ...(await hashAt(from)), executable: entry.executable } : entry
}

/** In bounded memory, however large the file is. */
function hashAt(path: string): Promise<Hashed> {
  return withOpen(path, (file) => hashOpen(file), constants.O_NOFOLLOW)
}

/**
 * A file or a link as a release holds it; a file without its hash.
 * @throws TenantError for what no release can hold
 */
async function shippable(from: string, path: string): Promise<TreeEntry> {
  const found = await lstat(from)
  if (found.isSymbolicLink()) {
    const target = await readlink(from)
    if (target.startsWith('/') || normalize(join(dirname(path), target)).startsWith('..')) {
      throw new TenantError(
        'source',
        `a link points outside the source: ${JSON.stringify(path)} -> ${JSON.stringify(target)}`,
        { where: from, remedy: 'put the file itself there' }
      )
    }
    return { link: target, executable: false, bytes: Buffer.byteLength(target) }
  }
  if (!found.isFile()) {
    throw new TenantError('source', `neither a file nor a link: ${JSON.stringify(path)}`, {
      where: from,
      remedy: 'take it out of the source'
    })
  }
  return { executable: (found.mode & 0o100) !== 0, bytes: found.size }
}

async function walk(root: string, below: string): Promise<string[]> {
  const paths: string[] = []
  for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name.includes('\uFFFD')) throw notUtf8(root, path)
    if (NEVER.has(entry.name)) continue
    if (entry.isDirectory()) paths.push(...(await walk(root, path)))
    else paths.push(path)
  }
  return paths
}
