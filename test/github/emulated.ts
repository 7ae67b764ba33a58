import { createEmulator } from 'emulate'
import type { Emulator } from 'emulate'
import { openApi } from '../../src/github/api.ts'
import type { Api, ApiOptions } from '../../src/github/api.ts'

export const owner = 'acme'
export const repo = 'tenants'

const people = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']

/** Where the emulated GitHub answers that was started last. */
export let address: string

/** An emulated GitHub on a free port of loopback, which has one empty repository. */
export async function startGithub(): Promise<Emulator> {
  const started = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { robot: { login: owner }, stranger: { login: 'erin' } },
      github: { users: [owner, ...people].map((login) => ({ login })), repos: [{ owner, name: repo }] }
    }
  })
  address = `http://127.0.0.1:${new URL(started.url).port}`
  return started
}

/** As the action opens it, but without the pauses between writes. */
export function openHere(options: ApiOptions = {}): Api {
  return openApi('robot', { baseUrl: address, secondMs: 0, ...options })
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
