import { sha256 } from './read.ts'

// dotenv's own grammar: NAME=value, where value is quoted by ', " or ` and may then span lines, or is bare.
const assignment =
  /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*('(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^#\n]*)[ \t]*(?:#.*)?$/gm

/** Reads a dotenv file as Next.js does, except that `$NAME` is not expanded; the last of two equal names wins. */
export function readEnv(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const [, name = '', raw = ''] of text.replace(/\r\n?/g, '\n').matchAll(assignment)) {
    values.set(name, unquoted(raw.trim()))
  }
  return values
}

/** name -> SHA-256 of its value: enough to compare, nothing to leak. */
export function hashEnv(text: string): Record<string, string> {
  return Object.fromEntries([...readEnv(text)].map(([name, value]) => [name, sha256(value)]))
}

function unquoted(raw: string): string {
  const quote = /^(['"`])([^]*)\1$/.exec(raw)
  const inner = quote?.[2] ?? raw
  const lines = quote?.[1] === '"' ? inner.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : inner
  return lines.replaceAll('\\$', '$')
}
