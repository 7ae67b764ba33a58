import { cut, markdownCode, markdownText, visible } from './escape.ts'
import { count } from './format.ts'

/** A part of a document: text that is there whole or not at all, or text that fits itself into the bytes it is given. */
export type Block = string | ((bytes: number) => string)

// For what the fitting itself has to say.
const reserve = 200

/** Joins blocks into a document of at most so many bytes. Whole parts go first, what is left is shared by those that can shrink. */
export function fit(blocks: Block[], maxBytes: number): string {
  const parts: string[] = blocks.map(() => '')
  let room = maxBytes - reserve
  let dropped = 0
  const place = (at: number, text: string) => {
    const bytes = Buffer.byteLength(text) + 2
    if (text === '') return
    if (bytes > room) dropped++
    else {
      parts[at] = text
      room -= bytes
    }
  }
  for (const [at, block] of blocks.entries()) if (typeof block === 'string') place(at, block)
  let left = blocks.filter((block) => typeof block !== 'string').length
  for (const [at, block] of blocks.entries()) {
    if (typeof block === 'string') continue
    place(at, block(Math.max(0, Math.floor(room / left) - 2)))
    left--
  }
  if (dropped > 0) parts.push(`_${count(dropped, 'part')} of this report left out: it would have been too long._`)
  return parts.filter((part) => part !== '').join('\n\n') + '\n'
}

/** Cells are Markdown already. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Rows beyond the limit are counted, not listed. */
export function cappedTable<T>(head: string[], items: T[], row: (item: T) => string[], limit = 200): string {
  const shown = table(head, items.slice(0, limit).map(row))
  return items.length > limit ? `${shown}\n\n… and ${count(items.length - limit, 'more', 'more')}` : shown
}

/** As many rows as fit into the bytes it is given; the others are counted. */
export function fittedTable<T>(
  head: string[],
  items: T[],
  row: (item: T) => string[],
  most = 200
): (bytes: number) => string {
  return (bytes) => {
    for (let limit = most; limit >= 1; limit = Math.floor(limit * 0.8)) {
      const rows = cappedTable(head, items, row, limit)
      if (Buffer.byteLength(rows) <= bytes) return rows
    }
    const none = `_${count(items.length, 'row')} left out: there is no room._`
    return items.length > 0 && Buffer.byteLength(none) <= bytes ? none : ''
  }
}

/** The title must be safe in HTML: Markdown is not read there. */
export function details(title: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** Text from outside, kept to a length that a reader would read. */
export function words(text: string, bytes = 2000): string {
  return markdownText(cut(text, bytes))
}

/** A name from outside, kept to a length that a reader would read. */
export function code(text: string): string {
  return markdownCode(cut(text, 500))
}

/** A link where the address is plainly one, else its text. */
export function link(address: string, label?: string): string {
  const text = label ?? words(address, 500)
  return /^https?:\/\/[\w.:/?=&%#~+,;-]+$/.test(address) && visible(address) === address
    ? `[${text}](${address})`
    : words(address, 500)
}
