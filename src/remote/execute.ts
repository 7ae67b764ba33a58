import { TenantError } from '../errors.ts'
import { describe, type Command } from '../shell/command.ts'
import type { ExecuteOptions, Remote, Result } from './remote.ts'

/** The last lines of a log, at most 4 KiB. */
export function tail(text: string, lines = 40): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n').slice(-4096)
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
