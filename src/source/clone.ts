import { TenantError } from '../errors.ts'
import { secret } from '../resources/secrets.ts'
import type { Marketing } from '../tenant/schema.ts'
import { runHere } from './local.ts'
import type { Sourcing } from './sourcing.ts'

const CLONE_MS = 5 * 60_000
const ASK_MS = 30_000
const COMMIT = /^[0-9a-f]{40}$/

export type Repository = Exclude<Marketing['source'], string>

/** Clones a repository at its ref, without its history. */
export async function clone(
  sourcing: Sourcing,
  source: Repository,
  into: string
): Promise<{ folder: string; commit: string }> {
  const { git, url } = gitFor(sourcing, source, `clone ${urlOf(sourcing, source)} at ${source.ref}`)
  await git(['init', '--quiet', into], sourcing.repository)
  await git(['fetch', '--quiet', '--depth', '1', '--no-tags', url, source.ref], into)
  await git(['checkout', '--quiet', 'FETCH_HEAD'], into)
  return { folder: into, commit: (await git(['rev-parse', 'HEAD'], into)).trim() }
}

/**
 * The commit that a repository's ref stands at now, without cloning it.
 * @throws TenantError where the repository can't be reached, or has no such ref
 */
export async function commitAt(sourcing: Sourcing, source: Repository): Promise<string> {
  const { ref } = source
  if (COMMIT.test(ref)) return ref
  const { git, url } = gitFor(sourcing, source, `ask ${urlOf(sourcing, source)} for ${ref}`, ASK_MS)
  const listed = await git(['ls-remote', '--quiet', url, ref, `${ref}^{}`], sourcing.repository)
  const commits = new Map(
    listed.split('\n').flatMap((line) => {
      const [commit = '', name = ''] = line.split('\t')
      return name === '' ? [] : [[name, commit] as const]
    })
  )
  // As git itself looks a short name up; an annotated tag is an object of its own, and ^{} the commit that it names.
  const names = [ref, `refs/${ref}`, `refs/tags/${ref}`].flatMap((name) => [`${name}^{}`, name])
  const found = [...names, `refs/heads/${ref}`].find((name) => commits.has(name))
  if (found !== undefined) return commits.get(found)!
  throw new TenantError('source', `there is no ${ref} in ${url}`, {
    where: `tenants/${sourcing.tenant.name}/tenant.yml, marketing.source.ref`,
    remedy: 'correct ref'
  })
}

function urlOf({ gitServer }: Sourcing, { repository }: Repository): string {
  return repository.startsWith('https://') ? repository : `${gitServer}/${repository}.git`
}

/** git, with the token of a private repository. */
function gitFor(sourcing: Sourcing, source: Repository, step: string, deadlineMs = CLONE_MS) {
  const environment: Record<string, string> = {
    ...sourcing.environment,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1'
  }
  if (source.token !== undefined) {
    // In the environment and not on the command line, which every account of the machine can read.
    const where = `tenants/${sourcing.tenant.name}/tenant.yml, marketing.source.token`
    const token = secret(sourcing.secrets, source.token, where)
    const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
    Object.assign(environment, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`
    })
  }
  const remedy =
    source.token === undefined
      ? 'correct repository and ref; a private repository needs a token (marketing.source.token names its secret)'
      : 'correct repository and ref, or renew the token'
  const git = (words: string[], cwd: string) =>
    runHere(['git', ...words], {
      cwd,
      environment,
      step,
      kind: 'source',
      remedy,
      deadlineMs,
      signal: sourcing.signal
    })
  return { git, url: urlOf(sourcing, source) }
}
