import type { DoctorReport } from '../../report/doctor-report.ts'
import type { Api } from '../api.ts'
import { reasonOf, sentBody } from '../api.ts'
import { changeComment, closingComment, duplicateBody, issueBody, reopeningComment, titleOf } from './body.ts'
import type { Sight } from './body.ts'
import { casesOf } from './cases.ts'
import type { Case } from './cases.ts'
import { memoryOf, tracesOf } from './compare.ts'
import type { Comparison } from './compare.ts'
import { decide, openOf, sinceOf } from './decide.ts'
import type { KnownIssue } from './decide.ts'
import type { Note } from './marker.ts'
import type { NightMemory } from './nights.ts'
import { outcomeAbout } from './outcome.ts'
import type { IssueOutcome } from './outcome.ts'
import { withoutSecrets } from './redacted.ts'
import { subjectKey, Tracker } from './tracker.ts'

export interface KeepOptions {
  owner: string
  repo: string
  /** Who is given new issues. */
  onCall: readonly string[]
  now: Date
  /** Link to the workflow run. */
  runUrl: string | null
  /** What could not be looked at in the run before. */
  seen: NightMemory
  /** Takes secrets out of a text. */
  redact: (text: string) => string
}

type Done = Pick<IssueOutcome, 'action'> &
  Partial<Pick<IssueOutcome, 'note' | 'warnings'>> & { issue: KnownIssue | null }

/**
 * Opens, updates and closes the issues about what drifts and about what could not be looked at, one a subject. It does
 * not throw for a call that fails: that is the outcome of its subject, and the others go on. Subjects about which there
 * is nothing to say have no outcome.
 */
export async function keepIssues(api: Api, report: DoctorReport, options: KeepOptions): Promise<IssueOutcome[]> {
  const tracker = new Tracker(api, options.owner, options.repo)
  const cases = casesOf(withoutSecrets(report, options.redact), options.seen, options.now)
  const outcomes: IssueOutcome[] = []
  for (const topic of ['drift', 'unreachable'] as const) {
    const about = cases.filter((item) => item.topic === topic)
    if (about.length === 0) continue
    const known = await attempt(() => tracker.list(topic, 'all'))
    if ('reason' in known) {
      // Said of each subject that has something to tell, and once where none has.
      const due = about.filter(({ presence }) => presence === 'there')
      const note = options.redact(`the issues could not be listed: ${known.reason}`)
      outcomes.push(...(due.length > 0 ? due : about.slice(0, 1)).map((item) => outcomeOf(item, failed(note))))
      continue
    }
    for (const item of about) {
      const issues = known.value.get(subjectKey(item.subject)) ?? []
      const done = await attempt(() => new Keeper(tracker, item, options).keep(issues))
      if ('reason' in done) outcomes.push(outcomeOf(item, failed(options.redact(done.reason), openOf(issues)[0])))
      else if (done.value !== null) outcomes.push(outcomeOf(item, done.value))
    }
  }
  return outcomes
}

/** Keeps the issue of one subject on one topic. */
class Keeper {
  readonly #tracker: Tracker
  readonly #item: Case
  readonly #onCall: readonly string[]
  readonly #sight: Sight
  readonly #warnings: string[] = []

  constructor(tracker: Tracker, item: Case, { onCall, now, runUrl }: KeepOptions) {
    this.#tracker = tracker
    this.#item = item
    this.#onCall = onCall
    this.#sight = { now, run: runUrl }
  }

  /** Null where nothing is to be said. */
  async keep(issues: readonly KnownIssue[]): Promise<Done | null> {
    const [first, ...others] = openOf(issues)
    for (const other of others) await this.#closeDuplicate(other, first!.number)
    const plan = decide(this.#item.presence, issues, this.#found(), this.#sight.now)
    switch (plan.do) {
      case 'nothing':
        return null
      case 'wait':
        return { action: 'waiting', issue: plan.issue, note: waitingFor(plan.issue), warnings: this.#warnings }
      case 'create':
        return this.#create(plan.before)
      case 'reopen':
        return this.#reopen(plan.issue)
      case 'refresh':
        return this.#refresh(plan.issue, plan.comparison)
      case 'close':
        return this.#close(plan.issue)
    }
  }

  async #create(before: number | null): Promise<Done> {
    const body = issueBody(this.#item, this.#newNote(before), this.#sight)
    const made = await this.#tracker.create(this.#item.topic, titleOf(this.#item), body)
    const older = await this.#olderThan(made)
    if (older !== null) {
      await this.#closeDuplicate(made, older.number)
      return this.#keepOpen(older)
    }
    await this.#assign(made)
    return { action: 'created', issue: made, warnings: this.#warnings }
  }

  /** Another run may have opened one at the same moment. Whoever comes second sees both, and the lower number stays. */
  async #olderThan(made: KnownIssue): Promise<KnownIssue | null> {
    const listed = await attempt(() => this.#tracker.list(this.#item.topic, 'open'))
    if ('reason' in listed) {
      this.#warnings.push(`whether another run opened an issue as well is not known: ${listed.reason}`)
      return null
    }
    const [first] = openOf(listed.value.get(subjectKey(this.#item.subject)) ?? [])
    return first !== undefined && first.number < made.number ? first : null
  }

  async #keepOpen(issue: KnownIssue): Promise<Done> {
    const plan = decide(this.#item.presence, [issue], this.#found(), this.#sight.now)
    if (plan.do !== 'refresh') return { action: 'unchanged', issue, warnings: this.#warnings }
    return this.#refresh(issue, plan.comparison)
  }

  async #refresh(issue: KnownIssue, { memory, change, kept }: Comparison): Promise<Done> {
    const note = { since: sinceOf(issue), before: issue.note?.before ?? null, ...memory }
    const body = issueBody(this.#item, note, this.#sight, kept)
    if (isSameText(issue.body, sentBody(body))) return { action: 'unchanged', issue, warnings: this.#warnings }
    // First what people are told: should the second call fail, the next night tells it again rather than never.
    if (change !== null) await this.#tracker.comment(issue, changeComment(change, this.#item, this.#sight))
    await this.#tracker.change(issue, { body })
    return { action: change === null ? 'updated' : 'commented', issue, warnings: this.#warnings }
  }

  async #reopen(issue: KnownIssue): Promise<Done> {
    const body = issueBody(this.#item, this.#newNote(issue.note?.before ?? null), this.#sight)
    await this.#tracker.change(issue, { body, state: 'open', state_reason: 'reopened' })
    await this.#tracker.comment(issue, reopeningComment(this.#item, this.#sight))
    await this.#assign(issue)
    return { action: 'reopened', issue, warnings: this.#warnings }
  }

  async #close(issue: KnownIssue): Promise<Done> {
    await this.#tracker.comment(issue, closingComment(this.#item, sinceOf(issue), this.#sight))
    await this.#tracker.change(issue, { state: 'closed', state_reason: 'completed' })
    return { action: 'closed', issue, warnings: this.#warnings }
  }

  /** Without its label and its marker, no run takes it for one of ours again. */
  async #closeDuplicate(issue: KnownIssue, of: number): Promise<void> {
    const body = duplicateBody(of)
    await this.#tracker.change(issue, { body, state: 'closed', state_reason: 'not_planned', labels: [] })
    this.#warnings.push(`#${issue.number} was a second issue about the same, and has been closed`)
  }

  async #assign(issue: KnownIssue): Promise<void> {
    this.#warnings.push(...(await this.#tracker.assign(issue, this.#onCall)))
  }

  #found(): { traces: Note['found']; partly: boolean } {
    return { traces: tracesOf(this.#item.findings), partly: this.#item.unseen.length > 0 }
  }

  #newNote(before: number | null): Note {
    return { since: this.#sight.now.toISOString(), before, ...memoryOf(this.#found().traces) }
  }
}

function waitingFor(issue: KnownIssue | null): string {
  return issue === null
    ? 'could not be looked at for the first night: a second one opens an issue'
    : 'could not be looked at: the issue stays as it is'
}

function outcomeOf({ topic, subject, host }: Case, { action, issue, note = null, warnings = [] }: Done): IssueOutcome {
  const about = outcomeAbout(topic, subject, host)
  return { ...about, action, number: issue?.number ?? null, url: issue?.url ?? null, note, warnings }
}

function failed(note: string, issue: KnownIssue | null = null): Done {
  return { action: 'failed', issue, note }
}

/** GitHub's own editor ends lines in its own way. */
function isSameText(one: string, other: string): boolean {
  return one.replaceAll('\r\n', '\n').trimEnd() === other.trimEnd()
}

async function attempt<T>(call: () => Promise<T>): Promise<{ value: T } | { reason: string }> {
  try {
    return { value: await call() }
  } catch (thrown) {
    return { reason: reasonOf(thrown) }
  }
}
