import { execFileSync } from 'node:child_process'

/** The commit that a checkout stands at; null without git, or where nothing is committed. */
export function headOf(repository: string): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--verify', 'HEAD'], {
      cwd: repository,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    }).trim()
  } catch {
    return null
  }
}
