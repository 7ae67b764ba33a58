import { pad } from './columns.ts'
import { cut, visible } from './escape.ts'
import { paint } from './paint.ts'
import type { LaneName, LogEntry } from './report.ts'

/** Of a longer line the rest is not shown. */
const MOST_BYTES = 4_000

/** Shows lines of logs below each other: when, which log, what. `lanes` are those that lines can come from. */
export function logLines(lanes: readonly LaneName[], color: boolean): (entry: LogEntry) => string {
  const { dim, red, cyan } = paint(color)
  const columns = Math.max(...lanes.map((lane) => `${lane} access`.length))
  return ({ at, lane, source, text }) => {
    const label = pad(`${lane} ${source}`, columns)
    const shown = cut(visible(text.replaceAll('\t', '  ')), MOST_BYTES)
    const mark = source === 'error' || source === 'nginx' ? red(label) : cyan(label)
    return `${dim(at)} ${mark} | ${shown}`.trimEnd()
  }
}

/** The same as an object of JSON on one line, in which nothing moves a terminal either. */
export function logJson({ at, lane, source, text }: LogEntry): string {
  const entry = { at, lane, source, text: cut(text, MOST_BYTES) }
  return JSON.stringify(entry).replace(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join('')
  )
}
