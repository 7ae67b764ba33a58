import { unseen, withoutSequences } from '../plain.ts'
import { count } from './format.ts'

/**
 * Text from outside (file names, log lines, answers of hosts) is hostile. `visible` makes it one
 * harmless line; for Markdown, inline text always becomes entities (`markdownCode`, `markdownText`)
 * and blocks always become a fence longer than any run of backticks inside (`fenced`).
 */

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** One line in which every character that moves, hides or reorders others is written as an escape, such as `\n` or `\u202e`. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code > 0xffff) return `\\u{${code.toString(16)}}`
    const hex = code.toString(16)
    return short[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`)
  })
}

/** The lines of a log as a terminal would have left them: without colours, and of a line that was redrawn only its last state. */
export function logLines(text: string): string[] {
  const lines = withoutSequences(text).split(/\r*\n/)
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return lines.map((line) => visible((line.split('\r').at(-1) ?? '').replaceAll('\t', '  ')))
}

// Entities mean nothing to a Markdown parser, so no emphasis, link, cell, tag, comment or formula can begin.
function entities(text: string): string {
  return text
    .replace(/[&<>"'`*_~[\]()|\\$:!{}]|--|@|#/g, (found) =>
      Array.from(found, (character) => `&#${character.charCodeAt(0)};`).join('')
    )
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}&#46;`)
}

/** Inline code that is safe in a paragraph, a table cell, a heading and inside HTML. */
export function markdownCode(text: string): string {
  // An outer space would be lost, and a name that ends in one is worth seeing.
  const shown = visible(text).replace(/^ +| +$/g, (spaces) => '\\x20'.repeat(spaces.length))
  return `<code>${entities(shown)}</code>`
}

/** Inline text, safe in the same places. */
export function markdownText(text: string): string {
  // GitHub looks for mentions and references after entities are resolved; a word joiner (U+2060) keeps it from finding any.
  const broken = visible(text).replace(/[@#](?=[\p{L}\p{N}])/gu, (sign) => `${sign}\u2060`)
  // What would begin a list, a heading or an indented block at the start of a line.
  return entities(broken.trim()).replace(/^(?:[-+=]|\d+(?=[.)]))/, (found) =>
    Array.from(found, (character) => `&#${character.charCodeAt(0)};`).join('')
  )
}

/** A block of code; its lines must each be `visible` already. */
export function fenced(lines: string[], language = ''): string {
  const runs = lines.join('\n').match(/`+/g) ?? []
  const fence = '`'.repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 3))
  return [fence + language, ...lines, fence].join('\n')
}

const ellipsis = '…'

/** At most so many bytes of UTF-8, ellipsis included, and no character in parts. */
export function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const room = bytes - Buffer.byteLength(ellipsis)
  if (room < 0) return ''
  let kept = 0
  let used = 0
  for (const character of text) {
    used += Buffer.byteLength(character)
    if (used > room) break
    kept += character.length
  }
  return text.slice(0, kept) + ellipsis
}

/** The last lines that fit into so many bytes, each line cut where it is very long; the first line says how many are missing. */
export function lastLines(lines: string[], bytes: number): string[] {
  const kept: string[] = []
  let room = bytes - 60
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = cut(lines[at] ?? '', 1000)
    room -= Buffer.byteLength(line) + 1
    if (room < 0) break
    kept.unshift(line)
  }
  const missing = lines.length - kept.length
  return missing === 0 ? kept : [`… ${missing.toLocaleString('en-US')} earlier lines are not shown`, ...kept]
}

/** The first lines that fit into so many bytes, each line cut where it is very long; the last line says how many are missing. */
export function firstLines(lines: string[], bytes: number): string[] {
  const kept: string[] = []
  let room = bytes - 60
  for (const line of lines) {
    const shown = cut(line, 1000)
    room -= Buffer.byteLength(shown) + 1
    if (room < 0) break
    kept.push(shown)
  }
  const missing = lines.length - kept.length
  return missing === 0 ? kept : [...kept, `… ${count(missing, 'more line')} not shown`]
}
