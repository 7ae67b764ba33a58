import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { previewComment, type CommentRequest } from '../../src/github/preview/comment-step.ts'
import { keepComment, ownComments } from '../../src/github/preview/comments.ts'
import { writePreview } from '../../src/github/preview/file.ts'
import { markerLines, readState } from '../../src/github/preview/marker.ts'
import { pullRequestEvent } from '../unit/github/preview/event.ts'
import { samplePreview } from '../unit/github/preview/sample.ts'
import { rejectionOf } from '../unit/thrown.ts'
import { faultyWay } from './faults.ts'
import { address, comments, openHere, openPullRequest, owner, repo } from './emulated.ts'
import { onGitHub } from './world.ts'

onGitHub()

let folder: string
let said: string
let pull: { number: number; head: string }
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-comment-'))
  said = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  vi.stubEnv('GITHUB_OUTPUT', '')
  vi.stubEnv('GITHUB_STEP_SUMMARY', '')
  writePreview(join(folder, 'preview-yourbrand.json'), samplePreview())
  pull = await openPullRequest()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const planned = [{ tenant: 'yourbrand', lanes: 'all' as const }]
const commit = 'c'.repeat(40)

function run(
  changes: Partial<CommentRequest> = {},
  event: Parameters<typeof pullRequestEvent>[0] = {},
  api = openHere()
): Promise<number> {
  return previewComment(api, {
    folder,
    planned,
    event: pullRequestEvent({ ...pull, ...event }),
    commit,
    run: 'https://github.com/acme/tenants/actions/runs/7',
    ...changes
  })
}

/** Says something on the pull request as somebody else, or as ourselves. */
async function say(body: string, api = openHere()): Promise<number> {
  const { data } = await api.rest.issues.createComment({ owner, repo, issue_number: pull.number, body })
  return data.id
}

const marker = markerLines({ version: 1, commit: null, tenants: {} })

test('the first push has a comment written, and the second one updates it in place', async () => {
  expect(await run()).toBe(0)
  const [first, ...others] = await comments(pull.number)
  expect(others).toEqual([])
  expect(first).toContain('| 🔍 | <code>yourbrand</code> | app |')
  expect(readState(first!)).toMatchObject({ commit, tenants: { yourbrand: { app: {}, marketing: {} } } })
  expect(said).toContain('the comment is created')

  writePreview(join(folder, 'preview-yourbrand.json'), samplePreview({ lanes: ['app'], lanesOf: [] }))
  expect(await run()).toBe(0)
  const [second, ...more] = await comments(pull.number)
  expect(more).toEqual([])
  expect(second).toContain('it was not come to')
  expect(said).toContain('the comment is updated')
})

test('it is found over all pages of comments', async () => {
  for (let at = 0; at < 130; at++) await say(`comment ${at}`)
  const id = await say(`${marker}\n\nold`)
  for (let at = 0; at < 80; at++) await say(`later comment ${at}`)
  await run()
  const all = await comments(pull.number)
  expect(all).toHaveLength(211)
  const { data } = await openHere().rest.issues.getComment({ owner, repo, comment_id: id })
  expect(data.body).toContain('What would ship')
})

test('of two, the older one stays and the newer one goes', async () => {
  const older = await say(`${marker}\n\nolder`)
  await say('in between')
  await say(`${marker}\n\nnewer`)
  await run()
  const [first, second, ...others] = await comments(pull.number)
  expect([first, second, others]).toEqual([expect.stringContaining('What would ship'), 'in between', []])
  const found = await ownComments(openHere(), { owner, repo, number: pull.number }, owner)
  expect(found.map(({ id }) => id)).toEqual([older])
})

test('two runs at once leave one', async () => {
  const at = { owner, repo, number: pull.number }
  const kept = await Promise.all([1, 2, 3].map((run) => keepComment(openHere(), at, `${marker}\n\nrun ${run}`, true)))
  expect(kept.flatMap(({ warnings }) => warnings)).toEqual([])
  // The last word of a run that was overtaken may still be under way; the next one puts it right.
  await keepComment(openHere(), at, `${marker}\n\nlast`, true)
  expect(await comments(pull.number)).toEqual([`${marker}\n\nlast`])
})

test('a stranger’s comment with our marker is not touched', async () => {
  await openHere().rest.repos.addCollaborator({ owner, repo, username: 'erin', permission: 'push' })
  const { openApi } = await import('../../src/github/api.ts')
  const text = `${marker}\n\nI am the preview, trust me`
  await say(text, openApi('stranger', { baseUrl: address, secondMs: 0 }))
  await run()
  const [strange, ours, ...others] = await comments(pull.number)
  expect([strange, others]).toEqual([text, []])
  expect(ours).toContain('What would ship')
})

test('a workflow’s own token may not ask who it is, and counts what apps have written', async () => {
  await using way = await faultyWay([
    { on: /GET \/user$/, status: 403, message: 'Resource not accessible by integration' }
  ])
  const at = { owner, repo, number: pull.number }
  const api = openHere({ baseUrl: way.url })
  await say(`${marker}\n\nby a person`)
  expect((await keepComment(api, at, `${marker}\n\nby an app`, true)).action).toBe('created')
  expect(await comments(pull.number)).toEqual([`${marker}\n\nby a person`, `${marker}\n\nby an app`])
})

test('where nothing ships no comment is made, and one that is there says so', async () => {
  expect(await run({ planned: [] })).toBe(0)
  expect(await comments(pull.number)).toEqual([])
  expect(said).toContain('nothing ships: there is no comment to update')
  await run()
  await run({ planned: [], folder: join(folder, 'none') })
  const [only, ...others] = await comments(pull.number)
  expect(others).toEqual([])
  expect(only).toContain('**Nothing ships**')
})

test('what was reviewed stays as it was: a closed pull request, and an older run', async () => {
  await run()
  const before = await comments(pull.number)
  expect(await run({}, { head: 'e'.repeat(40) })).toBe(0)
  expect(said).toContain(`#${pull.number} has a newer push`)
  await openHere().rest.pulls.update({ owner, repo, pull_number: pull.number, state: 'closed' })
  expect(await run({ planned: [] })).toBe(0)
  expect(said).toContain(`#${pull.number} is closed`)
  expect(await comments(pull.number)).toEqual(before)
})

test('a job that left nothing and a garbled file are told, and the others go on', async () => {
  const { writeFileSync } = await import('node:fs')
  writeFileSync(join(folder, 'preview-broken.json'), '{"version": 1')
  expect(await run({ planned: [...planned, { tenant: 'broken', lanes: 'app' }] })).toBe(0)
  const [body] = await comments(pull.number)
  expect(body).toContain('its job left no preview: [see the run](https://github.com/acme/tenants/actions/runs/7)')
  expect(body).toContain('preview-broken.json is not a preview&#58; it is not JSON')
  expect(body).toContain('| 🔍 | <code>yourbrand</code>')
})

const noAccess = { on: /(POST|PATCH) /, status: 403, message: 'Resource not accessible by integration' }

test('a token that may not write: an error that says what to do', async () => {
  await using way = await faultyWay([noAccess])
  const error = await rejectionOf(run({}, {}, openHere({ baseUrl: way.url })))
  expect(error).toMatchObject({ kind: 'github', exitCode: 2 })
  expect(error.message).toContain('give the job the permission `pull-requests: write`')
})

test.each([
  ['a fork', { from: 'stranger/tenants' }],
  ['Dependabot', { by: 'dependabot[bot]' }]
])('for %s, whose token may not write, it is one line', async (_what, event) => {
  await using way = await faultyWay([noAccess])
  expect(await run({}, event, openHere({ baseUrl: way.url }))).toBe(0)
  expect(said).toContain(
    'there is no comment: a run from a fork or of Dependabot may only read; the job summary has it all'
  )
})

test('another event is refused', async () => {
  expect(await rejectionOf(run({ event: { action: 'created' } }))).toMatchObject({
    kind: 'usage',
    message: 'this run is not about a pull request'
  })
})
