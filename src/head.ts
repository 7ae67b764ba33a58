import { TenantError } from './errors.ts'
import { checkoutAt, git, type GitOptions } from './source/git.ts'

/** The commit that a checkout stands at; null without git, or where nothing is committed. */
export async function headOf(repository: string, environment: Record<string, string>): Promise<string | null> {
  const options: GitOptions = {
    environment,
    step: `ask for the commit of ${repository}`,
    kind: 'source',
    remedy: 'look whether git works in this checkout',
    deadlineMs: 30_000,
    signal: new AbortController().signal
  }
  try {
    return (await git(await checkoutAt(repository, options), ['rev-parse', '--verify', 'HEAD'], options)).trim()
  } catch (thrown) {
    if (thrown instanceof TenantError) return null
    throw thrown
  }
}
