import type { Emulator } from 'emulate'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { keepIssues, type KeepOptions } from '../../src/github/drift/keep.ts'
import type { IssueOutcome } from '../../src/github/drift/outcome.ts'
import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { address, comments, openHere, owner, repo, startGithub } from './emulated.ts'

export { address, comments, openHere, owner, repo }

let emulator: Emulator

/** Gives the tests of a file a GitHub of their own, on a free port of loopback; each test finds an empty repository. */
export function onGitHub(): void {
  beforeAll(async () => {
    emulator = await startGithub()
  })
  beforeEach(() => emulator.reset())
  afterAll(() => emulator.close())
}

/** Keeps the issues of a first night on which nobody is on call, but for what is said. */
export function keepHere(
  report: DoctorReport,
  options: Partial<KeepOptions> = {},
  api = openHere()
): Promise<IssueOutcome[]> {
  const night: KeepOptions = {
    owner,
    repo,
    onCall: [],
    now: new Date(),
    runUrl: null,
    seen: { version: 1, unknown: {} },
    redact: (text) => text
  }
  return keepIssues(api, report, { ...night, ...options })
}

export interface Seen {
  number: number
  title: string
  body: string
  state: string
  state_reason: string | null
  labels: string[]
  assignees: string[]
  closed_at: string | null
}

/** All issues of the repository, by number, as GitHub has them. */
export async function issues(): Promise<Seen[]> {
  const api = openHere()
  const all = await api.paginate(api.rest.issues.listForRepo, { owner, repo, state: 'all', per_page: 100 })
  return all
    .map(({ number, title, body, state, state_reason, labels, assignees, closed_at }) => ({
      number,
      title,
      body: body ?? '',
      state,
      state_reason: state_reason ?? null,
      labels: labels.map((label) => (typeof label === 'string' ? label : (label.name ?? ''))),
      assignees: (assignees ?? []).map(({ login }) => login),
      closed_at: closed_at ?? null
    }))
    .toSorted((one, other) => one.number - other.number)
}
