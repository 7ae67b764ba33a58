import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { TenantError } from '../errors.ts'
import { checkoutAt, git, type GitOptions } from './git.ts'
import type { Sourcing } from './sourcing.ts'

/** Whether the folder holds something that its last commit does not. */
export async function isUncommitted(folder: string, sourcing: Sourcing): Promise<boolean> {
  if ((await checkoutOf(folder)) === null) return false
  // Of a submodule the commit counts; for what else is in it git would start another git there.
  return (await within(folder, ['status', '--porcelain', '--ignore-submodules=dirty', '--', '.'], sourcing)) !== ''
}

/** Lists whole checkouts, each once, for those who ask about many folders in them. */
export class WholeListing {
  readonly #known = new Map<string, Promise<string[]>>()

  /** Relative to the checkout. */
  of(checkout: string, sourcing: Sourcing): Promise<string[]> {
    const listed = this.#known.get(checkout) ?? listedIn(checkout, sourcing)
    this.#known.set(checkout, listed)
    return listed
  }
}

/**
 * What is tracked below a folder, and what is new and not ignored; null outside of a checkout.
 * @throws TenantError for a name that is not UTF-8
 */
export async function gitFiles(folder: string, sourcing: Sourcing, whole?: WholeListing): Promise<string[] | null> {
  // Without a repository (a downloaded archive) every file counts; with one that git can't read, nobody knows what is ignored.
  const checkout = await checkoutOf(folder)
  if (checkout === null) return null
  const isOwn = whole === undefined || (await leadsElsewhere(checkout, folder))
  const listed = isOwn
    ? await listedIn(folder, sourcing)
    : below(relative(checkout, folder), await whole.of(checkout, sourcing))
  const present = await Promise.all(
    listed.map(async (path) => {
      if (path.includes('\uFFFD')) throw notUtf8(folder, path)
      return (await exists(join(folder, path))) ? path : null
    })
  )
  return present.filter((path) => path !== null)
}

/** No report could show such a name, and no URL name it. */
export function notUtf8(folder: string, path: string): TenantError {
  return new TenantError('source', `a file name is not UTF-8: ${JSON.stringify(path)}`, {
    where: folder,
    remedy: 'rename the file'
  })
}

async function listedIn(folder: string, sourcing: Sourcing): Promise<string[]> {
  const words = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'] as const
  const listed = await within(folder, words, sourcing)
  return listed.split('\0').filter((path) => path !== '')
}

function below(folder: string, paths: readonly string[]): string[] {
  if (folder === '') return [...paths]
  return paths.flatMap((path) => (path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []))
}

/** Git follows no link on the way to a folder. */
async function leadsElsewhere(checkout: string, folder: string): Promise<boolean> {
  return (await realpath(folder)) !== join(await realpath(checkout), relative(checkout, folder))
}

async function within(folder: string, words: readonly [string, ...string[]], sourcing: Sourcing): Promise<string> {
  const options: GitOptions = {
    environment: sourcing.environment,
    step: `list the files of ${folder}`,
    kind: 'source',
    remedy: 'look whether git works in this checkout',
    deadlineMs: 60_000,
    signal: sourcing.signal
  }
  return git(await checkoutAt(folder, options), words, { ...options, cwd: folder })
}

/** The folder, itself or above it, that git works on; one inside another is its own. */
async function checkoutOf(folder: string): Promise<string | null> {
  for (let at = folder; ; at = dirname(at)) {
    if (await exists(join(at, '.git'))) return at
    if (dirname(at) === at) return null
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}
