import { TenantError } from '../errors.ts'
import { describe, type Command } from '../shell/command.ts'
import type { ExecuteOptions, Remote, Result } from './remote.ts'

/** The last lines of a log, at most 4 KiB. */
export function tail(text: string, lines = 40): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n').slice(-4096)
}

/** Where a log first speaks of an error, and its last lines: npm names the cause and then prints pages of usage. */
export function excerpt(text: string): string {
  const lines = text.trimEnd().split('\n')
  const cut = lines.length - 40
  const error = lines.findIndex((line) => /error/i.test(line))
  if (error === -1 || error >= cut) return tail(text)
  const cause = lines.slice(error, Math.min(error + 12, cut)).join('\n')
  return `${cause.slice(0, 2048)}\n…\n${tail(text)}`
}

/** @throws TenantError unless the command ended well; for steps whose failure is not the user's doing. */
export async function mustExecute(remote: Remote, command: Command, options: ExecuteOptions): Promise<Result> {
  const result = await remote.execute(command, options)
  if (result.code === 0) return result
  throw new TenantError('command', `could not ${options.step}: exit code ${result.code} of ${describe(command)}`, {
    where: remote.name,
    log: tail(`${result.stdout}\n${result.stderr}`),
    remedy: 'look at the log below, and at free disk space and the rights of the account on the host'
  })
}
