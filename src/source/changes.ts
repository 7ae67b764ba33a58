import { TenantError } from '../errors.ts'
import type { Changes } from '../tenant/touched.ts'
import { authorizationFor, checkoutAt, fetchFromOrigin, git, type Checkout, type GitOptions } from './git.ts'

const FETCH_MS = 5 * 60_000
const NO_COMMIT = /^0+$/
// Most pull requests are younger than so many commits of their base; what is older costs the whole history.
const DEPTHS = [64, 1024]

export interface Comparing {
  /** The checkout. */
  repository: string
  environment: Record<string, string>
  signal: AbortSignal
  /** May commits that are missing be fetched from `origin`? Null: no; else with this token, where the checkout has no credential. */
  fetch: { token: string | null; gitServer: string } | null
}

export interface Comparison {
  /** A commit; all zeros, as GitHub writes it, where there is none. */
  base: string
  head: string
  /** `commit`: with `base` itself, as after a push. `merge-base`: with where `head` left `base`, as on a pull request. */
  start: 'commit' | 'merge-base'
}

/**
 * The paths in which two commits differ, by git alone; a renamed file is two of them. What cannot be compared counts as
 * changed, with the reason.
 * @throws TenantError where git does not work here, or `head` cannot be had
 */
export async function changedPaths(comparing: Comparing, { base, head, start }: Comparison): Promise<Changes> {
  if (NO_COMMIT.test(base)) return { everything: 'the branch is new' }
  const git = new Git(comparing)
  if (!(await git.has(head)) && !(await git.fetch(head)))
    throw new TenantError('source', `the commit ${head} is not in this checkout, and cannot be fetched`, {
      where: comparing.repository,
      remedy: 'check this commit out, or let the checkout keep its credentials'
    })
  if (!(await git.has(base)) && !(await git.fetch(base)))
    return {
      everything: `the commit before, ${short(base)}, is not to be had any more, as after a forced push${git.because}`
    }
  const since = start === 'commit' ? base : await git.mergeBase(base, head)
  if (since === null)
    return { everything: `no commit is known that ${short(base)} and ${short(head)} both come from${git.because}` }
  return { paths: await git.differing(since, head) }
}

/**
 * The commit that a revision of this checkout names.
 * @throws TenantError where it names none
 */
export async function commitOf(comparing: Comparing, revision: string): Promise<string> {
  const found = await new Git(comparing).commit(revision)
  if (found !== null) return found
  throw new TenantError('usage', `${JSON.stringify(revision)} is no commit of this checkout`, {
    where: comparing.repository,
    remedy: 'name a branch, a tag or a commit that `git log` knows here'
  })
}

/** What the work on this checkout is to be merged into: the upstream of its main branch. */
export async function upstreamOf(comparing: Comparing): Promise<string> {
  const git = new Git(comparing)
  for (const name of ['origin/HEAD', 'origin/main', 'origin/master', 'main', 'master'])
    if ((await git.commit(name)) !== null) return name
  throw new TenantError('usage', 'this checkout has neither origin/HEAD nor main: there is nothing to compare with', {
    where: comparing.repository,
    remedy: 'say what to compare with: --base REVISION'
  })
}

function short(commit: string): string {
  return commit.slice(0, 7)
}

class Git {
  readonly #comparing: Comparing
  #checkout: Promise<Checkout> | null = null
  /** Why a fetch failed; empty, or in parentheses. */
  because = ''

  constructor(comparing: Comparing) {
    this.#comparing = comparing
  }

  async commit(revision: string): Promise<string | null> {
    const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`] as const
    return (await this.#tried(() => this.#run(words)))?.trim() ?? null
  }

  async has(commit: string): Promise<boolean> {
    return (await this.#tried(() => this.#run(['cat-file', '-e', `${commit}^{commit}`]))) !== null
  }

  /** Fetches one commit with its files; without its history, where the checkout has none either. */
  async fetch(commit: string): Promise<boolean> {
    const depth = (await this.#isShallow()) ? ['--depth=1'] : []
    return (await this.#fetched(depth, [commit])) && (await this.has(commit))
  }

  /**
   * Where two commits parted. A checkout without history is deepened until it is known; one that was deepened far enough to
   * find any may find an older one than a whole history has, which makes more count as changed, not less.
   */
  async mergeBase(base: string, head: string): Promise<string | null> {
    const steps = [null, ...DEPTHS.map((depth) => `--depth=${depth}`), '--unshallow']
    for (const step of steps) {
      if (step !== null) {
        if (!(await this.#isShallow())) return null
        if (!(await this.#fetched([step], [base, head]))) return null
      }
      const found = (await this.#tried(() => this.#run(['merge-base', base, head])))?.trim()
      if (found) return found
    }
    return null
  }

  /** Without renames, so that both names count; by plumbing, which no setting of a user changes. */
  async differing(start: string, head: string): Promise<string[]> {
    // Names are bytes, and end with a zero byte: whatever else is in them, even what is no UTF-8, changes none of their slashes.
    const words = ['diff-tree', '-r', '-z', '--no-ext-diff', '--no-textconv', '--no-renames', '--name-only'] as const
    const listed = await this.#run([...words, start, head])
    return listed.split('\0').filter((path) => path !== '')
  }

  async #isShallow(): Promise<boolean> {
    return (await this.#tried(() => this.#run(['rev-parse', '--is-shallow-repository'])))?.trim() === 'true'
  }

  async #fetched(depth: readonly string[], commits: readonly string[]): Promise<boolean> {
    const { fetch } = this.#comparing
    if (fetch === null) return false
    const done = await this.#tried(async () => {
      const { token, gitServer: server } = fetch
      const checkout = await this.#found()
      const options = this.#options()
      const authorization = token === null ? null : await authorizationFor(checkout, { server, token }, options)
      await fetchFromOrigin(checkout, depth, commits, { ...options, authorization })
      return true
    }, true)
    return done !== null
  }

  /** Null where git says no. */
  async #tried<T>(run: () => Promise<T>, isFetch = false): Promise<T | null> {
    try {
      return await run()
    } catch (thrown) {
      if (!(thrown instanceof TenantError) || !['source', 'deadline'].includes(thrown.kind)) throw thrown
      if (isFetch) this.because = reasonOf(thrown)
      return null
    }
  }

  async #run(words: readonly [string, ...string[]]): Promise<string> {
    return git(await this.#found(), words, this.#options())
  }

  #found(): Promise<Checkout> {
    this.#checkout ??= checkoutAt(this.#comparing.repository, this.#options())
    return this.#checkout
  }

  #options(): GitOptions {
    const { environment, signal } = this.#comparing
    return {
      environment,
      step: 'compare commits',
      kind: 'source',
      remedy: 'look whether git works in this checkout',
      deadlineMs: FETCH_MS,
      signal
    }
  }
}

/** The last line that git printed, in parentheses. */
function reasonOf({ log = '' }: TenantError): string {
  const line = log.trim().split('\n').at(-1)?.slice(0, 200)
  return line === undefined || line === '' ? '' : ` (${line})`
}
