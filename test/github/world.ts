import { createEmulator } from 'emulate'
import type { Emulator } from 'emulate'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { openApi } from '../../src/github/api.ts'
import type { Api, ApiOptions } from '../../src/github/api.ts'
import { keepIssues, type KeepOptions } from '../../src/github/drift/keep.ts'
import type { IssueOutcome } from '../../src/github/drift/outcome.ts'
import type { DoctorReport } from '../../src/report/doctor-report.ts'

export const owner = 'acme'
export const repo = 'tenants'

const people = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']

let emulator: Emulator
/** Where the emulated GitHub answers. */
export let address: string

/** Gives the tests of a file a GitHub of their own, on a free port of loopback; each test finds an empty repository. */
export function onGitHub(): void {
  beforeAll(async () => {
    emulator = await createEmulator({
      service: 'github',
      port: 0,
      seed: {
        tokens: { robot: { login: owner }, stranger: { login: 'erin' } },
        github: { users: [owner, ...people].map((login) => ({ login })), repos: [{ owner, name: repo }] }
      }
    })
    address = `http://127.0.0.1:${new URL(emulator.url).port}`
  })
  beforeEach(() => emulator.reset())
  afterAll(() => emulator.close())
}

/** As the action opens it, but without the pauses between writes. */
export function openHere(options: ApiOptions = {}): Api {
  return openApi('robot', { baseUrl: address, secondMs: 0, ...options })
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

export async function comments(issue_number: number): Promise<string[]> {
  const api = openHere()
  const all = await api.paginate(api.rest.issues.listComments, { owner, repo, issue_number, per_page: 100 })
  return all.map(({ body }) => body ?? '')
}

/** Opens a pull request from a branch of this name, and answers with its number and the commit of its branch. */
export async function openPullRequest(branch = 'change'): Promise<{ number: number; head: string }> {
  const { data } = await openHere().rest.pulls.create({ owner, repo, title: branch, head: branch, base: 'main' })
  return { number: data.number, head: data.head.sha }
}

/** Merges it, and answers with the commit on main. */
export async function mergePullRequest(pull_number: number): Promise<string> {
  const { data } = await openHere().rest.pulls.merge({ owner, repo, pull_number, merge_method: 'merge' })
  return data.sha
}
