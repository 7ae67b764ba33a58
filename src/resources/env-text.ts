import { TenantError } from '../errors.ts'

/**
 * The text of an `.env.local`. Next.js reads it with dotenv and then expands `$NAME` in every value, quoted or
 * not, so a dollar sign is written `\$` (https://nextjs.org/docs/app/guides/environment-variables#referencing-other-variables).
 * dotenv turns `\n` and `\r` into line breaks inside double quotes only, and knows no escape for a quote.
 * @throws TenantError for a value that the format can't carry.
 */
export function envText(values: Record<string, string>): string {
  return Object.keys(values)
    .sort()
    .map((name) => `${name}=${quoted(name, values[name]!)}\n`)
    .join('')
}

function quoted(name: string, value: string): string {
  if (value.includes('\0')) throw uncarried(name, 'holds a NUL byte')
  if (value.includes('\r')) throw uncarried(name, 'holds a carriage return, which dotenv reads as a line break')
  // Half of a surrogate pair has no UTF-8.
  if (/\p{Cs}/u.test(value)) throw uncarried(name, 'is not well-formed Unicode')
  // dotenv takes a backslash before the closing quote for an escaped quote, and reads on into the next line.
  if (value.endsWith('\\')) throw uncarried(name, 'ends in a backslash')
  const escaped = value.replaceAll('$', '\\$')
  for (const mark of ["'", '`', '"']) {
    if (escaped.includes(mark)) continue
    if (mark === '"' && /\\[nr]/.test(escaped)) throw uncarried(name, "holds ' and `, and \\n or \\r")
    return `${mark}${escaped}${mark}`
  }
  throw uncarried(name, 'holds all three kinds of quotes')
}

function uncarried(name: string, why: string): TenantError {
  return new TenantError('secret', `the value of ${name} ${why}: an env file can't carry it`, {
    where: name,
    remedy: 'store it in base64 and decode it in the app'
  })
}
