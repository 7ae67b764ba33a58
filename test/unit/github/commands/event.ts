import { markerLines } from '../../../../src/github/drift/marker.ts'
import type { Subject, Topic } from '../../../../src/github/drift/marker.ts'

export interface EventChanges {
  login?: string
  userType?: string
  senderType?: string
  association?: string
  /** How the author of the issue stands to the repository; absent: it is a workflow. */
  author?: string
  action?: string
  state?: string
  labels?: string[]
  topic?: Topic
  subject?: Subject
  issueBody?: string | null
  pullRequest?: object
}

/** As much as matters of what GitHub sends for a comment, and some that does not. */
export function commentEvent(body: string, changes: EventChanges = {}): Record<string, unknown> {
  const { topic = 'drift', subject = { kind: 'tenant', name: 'yourbrand' }, login = 'octocat' } = changes
  const note = { since: '2026-11-26T02:00:00Z', print: '0'.repeat(16), total: 0, found: [], before: null }
  const issueBody = changes.issueBody === undefined ? `${markerLines(topic, subject, note)}\n\ntext` : changes.issueBody
  return {
    action: changes.action ?? 'created',
    repository: { name: 'tenants', full_name: 'acme/tenants', owner: { login: 'acme', type: 'Organization' } },
    issue: {
      number: 1,
      state: changes.state ?? 'open',
      author_association: changes.author ?? 'NONE',
      user: { login: 'github-actions[bot]', type: changes.author === undefined ? 'Bot' : 'User' },
      body: issueBody,
      labels: (changes.labels ?? ['drift']).map((name) => ({ name, color: 'd93f0b' })),
      ...(changes.pullRequest === undefined ? {} : { pull_request: changes.pullRequest })
    },
    comment: {
      id: 77,
      body,
      author_association: changes.association ?? 'NONE',
      user: { login, type: changes.userType ?? 'User' }
    },
    sender: { login, type: changes.senderType ?? 'User' }
  }
}
