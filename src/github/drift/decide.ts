import type { Presence } from './cases.ts'
import { compare } from './compare.ts'
import type { Comparison, Trace } from './compare.ts'
import type { Note } from './marker.ts'

/** An issue of ours, as it is on GitHub. */
export interface KnownIssue {
  number: number
  url: string
  open: boolean
  /** ISO 8601 in UTC; null where it is open. */
  closedAt: string | null
  createdAt: string
  body: string
  note: Note | null
}

export type Plan =
  | { do: 'nothing' }
  | { do: 'wait'; issue: KnownIssue | null }
  | { do: 'create'; before: number | null }
  | { do: 'reopen'; issue: KnownIssue }
  | { do: 'refresh'; issue: KnownIssue; comparison: Comparison }
  | { do: 'close'; issue: KnownIssue }

const twoWeeksMs = 14 * 24 * 60 * 60_000

/** What is to be done tonight about one subject, from all issues that there ever were about it. */
export function decide(
  presence: Presence,
  issues: readonly KnownIssue[],
  found: { traces: Trace[]; partly: boolean },
  now: Date
): Plan {
  const open = openOf(issues)[0]
  if (presence === 'unclear') return open === undefined ? { do: 'nothing' } : { do: 'wait', issue: open }
  if (presence === 'gone') return open === undefined ? { do: 'nothing' } : { do: 'close', issue: open }
  if (open !== undefined)
    return { do: 'refresh', issue: open, comparison: compare(open.note, found.traces, found.partly) }
  if (presence === 'covered') return { do: 'nothing' }
  if (presence === 'first-night') return { do: 'wait', issue: null }
  const last = issues.toSorted((one, other) => closed(other) - closed(one))[0]
  if (last === undefined) return { do: 'create', before: null }
  return now.getTime() - closed(last) <= twoWeeksMs
    ? { do: 'reopen', issue: last }
    : { do: 'create', before: last.number }
}

/** The lowest number first: it is the one that stays where there are several. */
export function openOf(issues: readonly KnownIssue[]): KnownIssue[] {
  return issues.filter(({ open }) => open).toSorted((one, other) => one.number - other.number)
}

/** When this spell began; the issue's own age is the next best where the note is lost. */
export function sinceOf({ note, createdAt }: KnownIssue): string {
  return note?.since ?? createdAt
}

function closed({ closedAt }: KnownIssue): number {
  return closedAt === null ? 0 : Date.parse(closedAt)
}
