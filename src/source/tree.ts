import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { TenantError } from '../errors.ts'
import type { Tree, TreeEntry } from '../facts/facts.ts'
import { runHere, type LocalOptions } from './local.ts'
import type { Sourcing } from './sourcing.ts'

/** Files below a folder that a lane ships. */
export interface SelectedFiles {
  folder: string
  /** Relative, with `/`. */
  paths: string[]
}

/** Never shipped, whatever a source holds: they are made on the host, or are nobody's business there. */
const NEVER = new Set(['.git', 'node_modules', '.tenant', '.DS_Store'])
const SECRET_FILE = /^\.env(\..*)?\.local$|^\.env$/

/**
 * Lists what of a folder is shipped. With `git`, inside a work tree: what is tracked, and what is new and not
 * ignored; elsewhere every file.
 */
export async function listFiles(folder: string, options: { git: boolean; sourcing: Sourcing }): Promise<SelectedFiles> {
  const listed = options.git ? await gitFiles(folder, options.sourcing) : null
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

/** Copies the selected files into a new folder, with the modes that they shall have on the host, and hashes them. */
export async function copySelected(files: SelectedFiles, into: string): Promise<Tree> {
  // Without a prototype: a file may be named __proto__.
  const tree = Object.create(null) as Tree
  for (const path of files.paths) {
    const from = join(files.folder, path)
    const to = join(into, path)
    await mkdir(dirname(to), { recursive: true, mode: 0o755 })
    tree[path] = await copyEntry(from, to, path)
  }
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
    await symlink(target, to)
    return { link: target, executable: false, bytes: Buffer.byteLength(target) }
  }
  if (!found.isFile()) {
    throw new TenantError('source', `neither a file nor a link: ${JSON.stringify(path)}`, {
      where: from,
      remedy: 'take it out of the source'
    })
  }
  const executable = (found.mode & 0o100) !== 0
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  await chmod(to, executable ? 0o755 : 0o644)
  return { sha256: sha256(await readFile(to)), executable, bytes: found.size }
}

/** Whether the folder holds something that its last commit does not. */
export async function isUncommitted(folder: string, sourcing: Sourcing): Promise<boolean> {
  if (!(await insideRepository(folder))) return false
  const changes = await runHere(['git', 'status', '--porcelain', '--', '.'], gitOptions(folder, sourcing))
  return changes !== ''
}

function gitOptions(folder: string, sourcing: Sourcing): LocalOptions {
  return {
    cwd: folder,
    environment: sourcing.environment,
    step: `list the files of ${folder}`,
    kind: 'source',
    remedy: 'look whether git works in this checkout',
    deadlineMs: 60_000,
    signal: sourcing.signal
  }
}

async function gitFiles(folder: string, sourcing: Sourcing): Promise<string[] | null> {
  // Without a repository (a downloaded archive) every file counts; with one that git can't read, nobody knows what is ignored.
  if (!(await insideRepository(folder))) return null
  const listed = await runHere(
    ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
    gitOptions(folder, sourcing)
  )
  const present = await Promise.all(
    listed
      .split('\0')
      .filter((path) => path !== '')
      .map(async (path) => {
        if (path.includes('\uFFFD')) throw notUtf8(folder, path)
        return (await exists(join(folder, path))) ? path : null
      })
  )
  return present.filter((path) => path !== null)
}

/** No report could show such a name, and no URL name it. */
function notUtf8(folder: string, path: string): TenantError {
  return new TenantError('source', `a file name is not UTF-8: ${JSON.stringify(path)}`, {
    where: folder,
    remedy: 'rename the file'
  })
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

async function insideRepository(folder: string): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.git'))) return true
    if (dirname(at) === at) return false
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
