import { cappedTable, code, link, words } from '../../report/markdown-parts.ts'
import type { Subject, Topic } from './marker.ts'

/** What was done about one subject's issue, for the report of the run. */
export interface IssueOutcome {
  action: 'created' | 'updated' | 'commented' | 'closed' | 'reopened' | 'unchanged' | 'waiting' | 'failed'
  topic: Topic
  tenant: string | null
  host: string
  number: number | null
  url: string | null
  /** Why it is waiting or has failed. */
  note: string | null
  warnings: string[]
}

const icons: Record<IssueOutcome['action'], string> = {
  created: '🆕',
  updated: '🔄',
  commented: '💬',
  closed: '✅',
  reopened: '🔁',
  unchanged: '➖',
  waiting: '⏳',
  failed: '❌'
}

/** The outcomes as a part of the job summary; empty where there are none. */
export function outcomesBlock(outcomes: readonly IssueOutcome[]): string {
  if (outcomes.length === 0) return ''
  const rows = cappedTable(['Issue', 'About', 'Done', 'Note'], [...outcomes], (one) => [
    one.number === null ? '' : one.url === null ? `#${one.number}` : link(one.url, `#${one.number}`),
    `${one.topic}: ${code(subjectName(one))}`,
    `${icons[one.action]} ${one.action}`,
    [...(one.note === null ? [] : [one.note]), ...one.warnings].map((text) => words(text, 500)).join('<br>')
  ])
  return `### Issues\n\n${rows}`
}

export function outcomeAbout(topic: Topic, subject: Subject, host: string): Omit<IssueOutcome, 'action'> {
  const tenant = subject.kind === 'tenant' ? subject.name : null
  return { topic, tenant, host, number: null, url: null, note: null, warnings: [] }
}

function subjectName({ tenant, host }: IssueOutcome): string {
  return tenant ?? `host ${host}`
}
