import { TenantError } from '../errors.ts'
import { describe, type Command } from '../shell/command.ts'
import type { ExecuteOptions, Remote, Result } from './remote.ts'

const mostBytes = 4096
// Where the one line that is left is longer still, it is cut: nothing that a person reads.
const mostOfLine = 8 * 1024

/** The last lines of a log, about 4 KiB. Lines are whole: half a secret would not be known for one. */
export function tail(text: string, lines = 40): string {
  const kept = text.trimEnd().split('\n').slice(-lines)
  while (kept.length > 1 && kept.join('\n').length > mostBytes) kept.shift()
  return kept.join('\n').slice(-mostOfLine)
}

/** Where a log first speaks of an error, and its last lines: npm names the cause and then prints pages of usage. */
export function excerpt(text: string): string {
  const lines = text.trimEnd().split('\n')
  const cut = lines.length - 40
  const error = lines.findIndex((line) => /error/i.test(line))
  if (error === -1 || error >= cut) return tail(text)
  const cause = lines.slice(error, Math.min(error + 12, cut))
  while (cause.length > 1 && cause.join('\n').length > mostBytes / 2) cause.pop()
  return `${cause.join('\n').slice(0, mostOfLine)}\n…\n${tail(text)}`
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
