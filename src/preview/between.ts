import { TenantError } from '../errors.ts'
import type { LaneName } from '../report/report.ts'
import {
  authorizationFor,
  checkoutAt,
  fetchFromOrigin,
  git,
  type Checkout as Repository,
  type GitOptions
} from '../source/git.ts'
import type { Tenant } from '../tenant/schema.ts'

const GIT_MS = 30_000
/** No setting of a person changes the answer, and none starts a program. */
const NAMES = ['diff-tree', '-r', '-z', '--no-ext-diff', '--no-textconv', '--no-renames', '--name-only'] as const
const COMMIT = /^[0-9a-f]{40}$/

export interface Checkout {
  folder: string
  /** For git: nothing secret in it. */
  environment: Record<string, string>
  /** Opens the repository that it was cloned from, where that is private and the checkout keeps no credentials. */
  token: string | null
  /** The only server that is given the token. */
  gitServer: string
  signal: AbortSignal
}

/** Paths of the repository that decide on what a lane ships. */
export function sourcesOf(tenant: Tenant, lane: LaneName): string[] {
  const site = tenant.marketing?.source
  const source = lane === 'app' ? tenant.app?.source : typeof site === 'string' ? site : undefined
  return [
    `tenants/${tenant.name}`,
    `tenants/hosts/${tenant.host}.yml`,
    'templates',
    ...(source === undefined ? [] : [source])
  ]
}

/**
 * What differs below some paths between a commit and what is checked out; null where that commit is not here and can't be
 * fetched. Of a shallow checkout it is missing, and no history is needed to compare the two.
 */
export async function pathsSince(
  checkout: Checkout,
  before: string,
  paths: readonly string[]
): Promise<string[] | null> {
  if (!COMMIT.test(before)) return null
  const options = optionsOf(checkout)
  try {
    const repository = await checkoutAt(checkout.folder, options)
    if (!(await has(repository, before, options))) await fetchOne(repository, before, checkout)
    const literal = paths.map((path) => `:(literal)${path}`)
    const words = [...NAMES, before, 'HEAD', '--', ...literal] as const
    const listed = await git(repository, words, { ...options, cwd: checkout.folder })
    return listed.split('\0').filter((path) => path !== '')
  } catch (thrown) {
    if (thrown instanceof TenantError && thrown.kind !== 'interrupted') return null
    throw thrown
  }
}

async function has(repository: Repository, commit: string, options: GitOptions): Promise<boolean> {
  try {
    await git(repository, ['cat-file', '-e', `${commit}^{commit}`], options)
    return true
  } catch (thrown) {
    if (thrown instanceof TenantError && thrown.kind === 'source') return false
    throw thrown
  }
}

async function fetchOne(repository: Repository, commit: string, checkout: Checkout): Promise<void> {
  const { token, gitServer: server } = checkout
  const options = optionsOf(checkout)
  const authorization = token === null ? null : await authorizationFor(repository, { server, token }, options)
  await fetchFromOrigin(repository, ['--depth=1'], [commit], { ...options, authorization })
}

function optionsOf({ folder, environment, signal }: Checkout): GitOptions {
  return {
    environment,
    step: `compare commits in ${folder}`,
    kind: 'source',
    remedy: 'check out with the history',
    deadlineMs: GIT_MS,
    signal
  }
}
