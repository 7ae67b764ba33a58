// East Asian wide characters and emoji take two columns of a terminal, combining marks none.
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
const none = /\p{M}/u

/** How many columns of a terminal a character takes. */
function columnsOf(character: string): number {
  return none.test(character) ? 0 : wide.test(character) ? 2 : 1
}

/** The width of a line without escape sequences. */
export function width(line: string): number {
  return Array.from(line).reduce((sum, character) => sum + columnsOf(character), 0)
}

/** Cuts a line to so many columns, with an ellipsis. */
export function cutToWidth(line: string, columns: number): string {
  if (line.length <= columns / 2 || width(line) <= columns) return line
  let kept = ''
  let used = 1
  for (const character of line) {
    used += columnsOf(character)
    if (used > columns) break
    kept += character
  }
  return columns < 1 ? '' : `${kept}…`
}

export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - width(text)))
}

/** Breaks a text between words into lines of at most so many columns; a longer word keeps a line of its own. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && width(line) + 1 + width(word) > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Rows as lines whose cells stand below each other. */
export function columnLines(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

export function indent(lines: string[], by = '  '): string[] {
  return lines.map((line) => by + line)
}
