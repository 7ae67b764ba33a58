import { TenantError } from '../errors.ts'
import type { LaneName } from '../report/report.ts'
import { runHere } from '../source/local.ts'
import type { Tenant } from '../tenant/schema.ts'

const GIT_MS = 30_000
const COMMIT = /^[0-9a-f]{40}$/

export interface Checkout {
  folder: string
  /** For git: nothing secret in it. */
  environment: Record<string, string>
  /** Opens the repository that it was cloned from, where that is private and the checkout keeps no credentials. */
  token: string | null
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
  try {
    if (!(await has(checkout, before)))
      await git(checkout, ['fetch', '--quiet', '--depth=1', '--no-tags', 'origin', before])
    const listed = await git(checkout, [
      'diff',
      '--no-ext-diff',
      '--no-renames',
      '--name-only',
      '-z',
      before,
      'HEAD',
      '--',
      ...paths
    ])
    return listed.split('\0').filter((path) => path !== '')
  } catch (thrown) {
    if (thrown instanceof TenantError && thrown.kind !== 'interrupted') return null
    throw thrown
  }
}

async function has(checkout: Checkout, commit: string): Promise<boolean> {
  try {
    await git(checkout, ['cat-file', '-e', `${commit}^{commit}`])
    return true
  } catch (thrown) {
    if (thrown instanceof TenantError && thrown.kind === 'source') return false
    throw thrown
  }
}

function git({ folder, environment, token, signal }: Checkout, words: string[]): Promise<string> {
  const authorization = token === null ? '' : Buffer.from(`x-access-token:${token}`).toString('base64')
  return runHere(['git', '--literal-pathspecs', ...words], {
    cwd: folder,
    environment: {
      ...environment,
      GIT_TERMINAL_PROMPT: '0',
      // In the environment and not on the command line, which every account of the machine can read.
      ...(token !== null && {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${authorization}`
      })
    },
    step: `compare commits in ${folder}`,
    kind: 'source',
    remedy: 'check out with the history',
    deadlineMs: GIT_MS,
    signal
  })
}
