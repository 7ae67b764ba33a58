import type { WatchedLine } from '../facts/logs.ts'
import type { LogEntry } from '../report/report.ts'
import { rankOf, sourceOf } from './sources.ts'

/**
 * By time. Logs tell it to the second: lines of the same second stay together by their source and in its order, so that
 * a line without a time of its own stays right behind the one that it belongs to.
 */
export function inOrder(lines: readonly WatchedLine[]): WatchedLine[] {
  return lines.toSorted((a, b) => seconds(a) - seconds(b) || rankOf(a.source) - rankOf(b.source))
}

export function entriesOf(lines: readonly WatchedLine[]): LogEntry[] {
  return lines.flatMap((line) => {
    const named = sourceOf(line.source)
    if (named === null) return []
    const at = new Date(seconds(line) * 1000).toISOString().replace('.000Z', 'Z')
    return [{ at, ...named, text: line.text }]
  })
}

function seconds({ at }: WatchedLine): number {
  return Math.floor(at / 1000)
}
