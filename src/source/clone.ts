import { lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { TenantError } from '../errors.ts'
import { secret } from '../resources/secrets.ts'
import type { Marketing } from '../tenant/schema.ts'
import { git, type GitOptions } from './git.ts'
import type { Sourcing } from './sourcing.ts'

const CLONE_MS = 5 * 60_000
const ASK_MS = 30_000
const COMMIT = /^[0-9a-f]{40}$/
/** How a file begins in whose place Git LFS keeps another. */
const POINTER = 'version https://git-lfs.github.com/spec/'

export type Repository = Exclude<Marketing['source'], string>

/** Clones a repository at its ref, without its history. */
export async function clone(
  sourcing: Sourcing,
  source: Repository,
  into: string
): Promise<{ folder: string; commit: string }> {
  const { options, url } = askedOf(sourcing, source, `clone ${urlOf(sourcing, source)} at ${source.ref}`)
  const checkout = { root: into }
  await mkdir(into, { recursive: true })
  // No template: a person's may hold settings and attributes.
  await git(checkout, ['init', '--quiet', '--template='], options)
  await git(checkout, ['fetch', '--quiet', '--depth', '1', '--no-tags', url, source.ref], options)
  await git(checkout, ['checkout', '--quiet', '--no-recurse-submodules', 'FETCH_HEAD'], options)
  const commit = (await git(checkout, ['rev-parse', 'HEAD'], options)).trim()
  const { build, output } = sourcing.tenant.marketing!
  const used = build === undefined && output !== undefined ? [`:(literal,attr:filter=lfs)${output}`] : null
  const large = await git(checkout, ['ls-files', '-z', '--', ...(used ?? [':(attr:filter=lfs)'])], options)
  await assertNoPointers(
    into,
    large.split('\0').filter((path) => path !== ''),
    sourcing
  )
  return { folder: into, commit }
}

/** No filter fetched what these files stand for (git.ts), and a site without its pictures must not be published. */
async function assertNoPointers(folder: string, paths: readonly string[], sourcing: Sourcing): Promise<void> {
  for (const path of paths) {
    const found = await lstat(join(folder, path)).catch(() => null)
    if (found?.isFile() !== true) continue
    await using file = await open(join(folder, path))
    const { buffer, bytesRead } = await file.read(Buffer.alloc(POINTER.length), 0, POINTER.length, 0)
    if (buffer.toString('utf8', 0, bytesRead) === POINTER)
      throw new TenantError('source', `Git LFS keeps ${JSON.stringify(path)}, and is not asked for it`, {
        where: `tenants/${sourcing.tenant.name}/tenant.yml, marketing.source.repository`,
        remedy: 'commit the file itself to that repository'
      })
  }
}

/**
 * The commit that a repository's ref stands at now, without cloning it.
 * @throws TenantError where the repository can't be reached, or has no such ref
 */
export async function commitAt(sourcing: Sourcing, source: Repository): Promise<string> {
  const { ref } = source
  if (COMMIT.test(ref)) return ref
  const { options, url } = askedOf(sourcing, source, `ask ${urlOf(sourcing, source)} for ${ref}`, ASK_MS)
  const listed = await git(null, ['ls-remote', '--quiet', url, ref, `${ref}^{}`], options)
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

/** How git asks for it, with the token of a private repository. */
function askedOf(
  sourcing: Sourcing,
  source: Repository,
  step: string,
  deadlineMs = CLONE_MS
): { options: GitOptions; url: string } {
  const url = urlOf(sourcing, source)
  const remedy =
    source.token === undefined
      ? 'correct repository and ref; a private repository needs a token (marketing.source.token names its secret)'
      : 'correct repository and ref, or renew the token'
  const options: GitOptions = {
    environment: sourcing.environment,
    // A manifest chooses the address. Only a server of one's own may be one without TLS.
    protocols: url.startsWith('http:') ? 'http:https' : 'https',
    authorization: source.token === undefined ? null : tokenOf(sourcing, source.token, url),
    isWithoutSystem: true,
    step,
    kind: 'source',
    remedy,
    deadlineMs,
    signal: sourcing.signal
  }
  return { options, url }
}

/** For its own server, whatever else git comes to ask. */
function tokenOf(sourcing: Sourcing, name: string, url: string): { server: string; token: string } {
  const where = `tenants/${sourcing.tenant.name}/tenant.yml, marketing.source.token`
  return { server: new URL(url).origin, token: secret(sourcing.secrets, name, where) }
}
