import type { Api } from '../api.ts'
import { reasonOf, statusOf } from '../api.ts'
import type { KnownIssue } from './decide.ts'
import { isTrusted, readMarker } from './marker.ts'
import type { Subject, Topic } from './marker.ts'

/** What GitHub says of an issue, as far as it matters here. */
interface Answer {
  user: { type?: string } | null
  author_association?: string
  number: number
  html_url: string
  state: string
  closed_at: string | null
  created_at: string
  body?: string | null
  pull_request?: unknown
}

const labels: Record<Topic, { color: string; description: string }> = {
  drift: { color: 'd93f0b', description: 'What is live is not what the repository says' },
  unreachable: { color: '5319e7', description: 'Could not be looked at for two nights or more' }
}

/** The issues of one repository. Each call may fail, as calls do. */
export class Tracker {
  readonly #api: Api
  readonly #at: { owner: string; repo: string }
  readonly #labelled = new Set<Topic>()

  constructor(api: Api, owner: string, repo: string) {
    this.#api = api
    this.#at = { owner, repo }
  }

  /** All issues of ours on a topic, by subject: those with its label and a marker. */
  async list(topic: Topic, state: 'all' | 'open'): Promise<Map<string, KnownIssue[]>> {
    const answers = await this.#api.paginate(this.#api.rest.issues.listForRepo, {
      ...this.#at,
      labels: topic,
      state,
      per_page: 100
    })
    const found = new Map<string, KnownIssue[]>()
    for (const answer of answers) {
      const known = knownIssue(answer, topic)
      if (known !== null) found.set(known.key, [...(found.get(known.key) ?? []), known.issue])
    }
    return found
  }

  async create(topic: Topic, title: string, body: string): Promise<KnownIssue> {
    await this.#ensureLabel(topic)
    const { data } = await this.#api.rest.issues.create({ ...this.#at, title, body, labels: [topic] })
    return issueOf(data, readMarker(body)?.note ?? null)
  }

  async change(
    issue: KnownIssue,
    to: {
      body?: string
      state?: 'open' | 'closed'
      state_reason?: 'completed' | 'not_planned' | 'reopened'
      labels?: string[]
    }
  ): Promise<void> {
    await this.#api.rest.issues.update({ ...this.#at, issue_number: issue.number, ...to })
  }

  async comment(issue: KnownIssue, body: string): Promise<void> {
    await this.#api.rest.issues.createComment({ ...this.#at, issue_number: issue.number, body })
  }

  /** Each by itself: GitHub refuses all of a list for one that it does not know. Returns warnings. */
  async assign(issue: KnownIssue, logins: readonly string[]): Promise<string[]> {
    const warnings: string[] = []
    for (const login of logins) {
      try {
        const { data } = await this.#api.rest.issues.addAssignees({
          ...this.#at,
          issue_number: issue.number,
          assignees: [login]
        })
        // Whom it may not assign, GitHub leaves out without a word.
        const given = data.assignees?.some((one) => one.login.toLowerCase() === login.toLowerCase()) ?? false
        if (!given) warnings.push(`${login} could not be assigned: GitHub does not let them be in this repository`)
      } catch (thrown) {
        warnings.push(`${login} could not be assigned: ${reasonOf(thrown)}`)
      }
    }
    return warnings
  }

  /** Once in a run. That it is there already is what is wanted. */
  async #ensureLabel(topic: Topic): Promise<void> {
    if (this.#labelled.has(topic)) return
    try {
      await this.#api.rest.issues.createLabel({ ...this.#at, name: topic, ...labels[topic] })
    } catch (thrown) {
      if (statusOf(thrown) !== 422) throw thrown
    }
    this.#labelled.add(topic)
  }
}

export function subjectKey({ kind, name }: Subject): string {
  return `${kind}:${name}`
}

/** Null for what is not ours: a pull request, an issue that an outsider wrote or that has no marker, one on another topic. */
export function knownIssue(answer: Answer, topic: Topic): { key: string; issue: KnownIssue } | null {
  const isOurs = isTrusted({ type: answer.user?.type, association: answer.author_association })
  const marker = answer.pull_request == null && isOurs ? readMarker(answer.body ?? '') : null
  if (marker?.topic !== topic) return null
  return { key: subjectKey(marker.subject), issue: issueOf(answer, marker.note) }
}

function issueOf(answer: Answer, note: KnownIssue['note']): KnownIssue {
  return {
    number: answer.number,
    url: answer.html_url,
    open: answer.state === 'open',
    closedAt: answer.closed_at,
    createdAt: answer.created_at,
    body: answer.body ?? '',
    note
  }
}
