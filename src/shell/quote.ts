import { TenantError } from '../errors.ts'

/**
 * One word for a POSIX shell, whatever it holds: newlines, quotes, a leading dash.
 * @throws TenantError for a NUL, which no Unix argument can carry.
 */
export function quote(word: string): string {
  if (word.includes('\0')) {
    throw new TenantError('internal', `a NUL byte can't be passed to a command: ${JSON.stringify(word)}`)
  }
  return `'${word.replaceAll("'", `'\\''`)}'`
}
