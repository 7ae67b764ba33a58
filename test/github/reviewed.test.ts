import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commentBody } from '../../src/github/preview/comment-step.ts'
import { reviewOf } from '../../src/github/preview/reviewed.ts'
import type { Review } from '../../src/report/review-report.ts'
import type { LaneReport } from '../../src/report/report.ts'
import { previewedLane, pullRequestPreview, samplePreview } from '../unit/github/preview/sample.ts'
import { sampleReport } from '../unit/report/sample.ts'
import { eachInItsRepository, root, write } from '../unit/tenant/repository.ts'
import { faultyWay } from './faults.ts'
import { comments, mergePullRequest, openHere, openPullRequest, owner, repo } from './emulated.ts'
import { onGitHub } from './world.ts'

onGitHub()
eachInItsRepository()

const git = (...words: string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], {
    encoding: 'utf8'
  }).trim()
let reviewed: string
beforeEach(() => {
  write('apps/booking/page.tsx', 'one')
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '-m', 'Reviewed')
  reviewed = git('rev-parse', 'HEAD')
})
const signal = new AbortController().signal
const gitServer = 'https://github.com'
afterEach(() => expect(signal.aborted).toBe(false))

const lanes = [previewedLane('app'), previewedLane('marketing')]

/** A pull request whose comment says what was reviewed; merged. */
async function merged(body: string | null): Promise<{ number: number; commit: string }> {
  const { number } = await openPullRequest()
  if (body !== null) await openHere().rest.issues.createComment({ owner, repo, issue_number: number, body })
  return { number, commit: await mergePullRequest(number) }
}

const bodyOf = (commit: string | null = reviewed) =>
  commentBody(pullRequestPreview([samplePreview({ tenant: 'acme', lanesOf: lanes })]), commit)

function review(commit: string, shipped: LaneReport[] = lanes, api = openHere()): Promise<Review> {
  const checkout = { folder: root, environment: { PATH: process.env['PATH'] ?? '' }, token: null, gitServer, signal }
  return reviewOf(api, { owner, repo, commit, checkout }, sampleReport({ tenant: 'acme', lanes: shipped }))
}

test('the same is said to be the same, in the pull request that the commit came with', async () => {
  const { number, commit } = await merged(bodyOf())
  expect(await review(commit)).toEqual({
    pullRequest: number,
    url: expect.stringContaining(`/acme/tenants/pull/${number}`),
    commit: reviewed,
    lanes: [
      { lane: 'app', verdict: 'same', parts: [], paths: null, morePaths: 0 },
      { lane: 'marketing', verdict: 'same', parts: [], paths: null, morePaths: 0 }
    ],
    unknown: null
  })
})

const other = (part: string) => ({ ...lanes[0]!, fingerprint: { ...lanes[0]!.fingerprint!, [part]: '0'.repeat(12) } })

test('what differs is named, with the paths of its sources that changed since', async () => {
  const { commit } = await merged(bodyOf())
  for (let at = 0; at < 30; at++) write(`apps/booking/${String(at).padStart(2, '0')}.tsx`, 'new')
  write('apps/booking/page.tsx', 'two')
  write('elsewhere.md', 'of no lane')
  git('add', '--all')
  git('commit', '--quiet', '-m', 'Somebody else')
  const { lanes: found } = await review(commit, [other('files')])
  expect(found).toEqual([
    {
      lane: 'app',
      verdict: 'differs',
      parts: ['files'],
      paths: expect.arrayContaining(['apps/booking/00.tsx']),
      morePaths: 11
    }
  ])
  expect(found[0]!.paths).toHaveLength(20)
  expect((await review(commit, [other('host')])).lanes).toMatchObject([{ verdict: 'differs', parts: ['host'] }])
})

test('a run that is run again ships nothing, and so the host that has it by now is no difference', async () => {
  const { commit } = await merged(bodyOf())
  const again = { ...other('host'), changed: false }
  expect((await review(commit, [again])).lanes).toMatchObject([{ verdict: 'same', parts: [] }])
})

test('where the reviewed commit is not here, nobody knows what came between', async () => {
  const { commit } = await merged(bodyOf('d'.repeat(40)))
  expect((await review(commit, [other('site')])).lanes).toMatchObject([
    { verdict: 'differs', parts: ['site'], paths: null }
  ])
})

test('it is fetched where the checkout is a shallow one', async () => {
  const { commit } = await merged(bodyOf())
  write('apps/booking/page.tsx', 'two')
  git('commit', '--quiet', '--all', '-m', 'Later')
  execFileSync('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, `${root}/shallow`])
  git('config', 'uploadpack.allowAnySHA1InWant', 'true')
  const checkout = {
    folder: `${root}/shallow`,
    environment: { PATH: process.env['PATH'] ?? '' },
    token: 'x',
    gitServer,
    signal
  }
  const report = sampleReport({ tenant: 'acme', lanes: [other('files')] })
  const found = await reviewOf(openHere(), { owner, repo, commit, checkout }, report)
  expect(found.lanes).toMatchObject([{ parts: ['files'], paths: ['apps/booking/page.tsx'] }])
})

test('a preview that looked at no host says nothing of it', async () => {
  const blind = lanes.map((lane) => ({ ...lane, fingerprint: { ...lane.fingerprint!, host: null } }))
  const body = commentBody(pullRequestPreview([samplePreview({ tenant: 'acme', lanesOf: blind })]), reviewed)
  const { commit } = await merged(body)
  expect((await review(commit)).lanes.map(({ verdict }) => verdict)).toEqual(['same', 'same'])
})

test('what is not known is said: no preview, one that somebody edited, a tenant that is not in it', async () => {
  const none = await merged(null)
  expect(await review(none.commit)).toMatchObject({ pullRequest: none.number, commit: null, lanes: [], unknown: null })
  const edited = await merged(bodyOf().replace(/reviewed \S+/, 'reviewed AAAA'))
  expect(await review(edited.commit)).toMatchObject({ pullRequest: edited.number, commit: null, lanes: [] })
  const others = await merged(commentBody(pullRequestPreview([samplePreview()]), reviewed))
  expect((await review(others.commit)).lanes.map(({ verdict }) => verdict)).toEqual(['unknown', 'unknown'])
})

test('a stranger’s comment says nothing', async () => {
  await openHere().rest.repos.addCollaborator({ owner, repo, username: 'erin', permission: 'push' })
  const { number } = await openPullRequest()
  const { openApi } = await import('../../src/github/api.ts')
  const { address } = await import('./emulated.ts')
  const stranger = openApi('stranger', { baseUrl: address, secondMs: 0 })
  await stranger.rest.issues.createComment({ owner, repo, issue_number: number, body: bodyOf() })
  expect((await comments(number)).length).toBe(1)
  expect(await review(await mergePullRequest(number))).toMatchObject({ pullRequest: number, commit: null, lanes: [] })
})

test('a commit without a pull request has none', async () => {
  await merged(bodyOf())
  expect(await review('a'.repeat(40))).toEqual({ pullRequest: null, url: null, commit: null, lanes: [], unknown: null })
})

test('where GitHub has the way from a commit to its pull request, that is the one', async () => {
  const { number } = await merged(bodyOf())
  const { data } = await openHere().rest.pulls.get({ owner, repo, pull_number: number })
  const { createServer } = await import('node:http')
  const { address } = await import('./emulated.ts')
  // The emulated GitHub does not have it; all else it is asked itself.
  const server = createServer((request, response) => {
    void (async () => {
      response.setHeader('content-type', 'application/json')
      if (/\/commits\/\w+\/pulls/.test(request.url!)) return response.end(JSON.stringify([data]))
      const answer = await fetch(`${address}${request.url}`, { headers: { authorization: 'token robot' } })
      response.writeHead(answer.status).end(await answer.text())
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const found = await review('b'.repeat(40), lanes, openHere({ baseUrl: `http://127.0.0.1:${port}` }))
  server.closeAllConnections()
  server.close()
  expect(found).toMatchObject({ pullRequest: number, lanes: [{ verdict: 'same' }, { verdict: 'same' }] })
})

test('a GitHub that says nothing fails no deploy', async () => {
  const { createServer } = await import('node:http')
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const api = openHere({ baseUrl: `http://127.0.0.1:${port}` })
  const checkout = { folder: root, environment: {}, token: null, gitServer, signal }
  const shipped = { owner, repo, commit: 'a'.repeat(40), checkout }
  const found = await reviewOf(api, shipped, sampleReport({ tenant: 'acme', lanes }), 10)
  server.closeAllConnections()
  server.close()
  expect(found).toMatchObject({ pullRequest: null, unknown: 'GitHub did not answer within 0.01 s' })
})

test.each([
  [401, 'Bad credentials', /Bad credentials/],
  [403, 'Resource not accessible by integration', /give the job the permission `pull-requests: read`/],
  [500, 'oh no', /HTTP 500/]
])('a GitHub that answers with %i fails no deploy', async (status, message, why) => {
  const { commit } = await merged(bodyOf())
  await using way = await faultyWay([{ on: /\/pulls/, status, message }])
  const found = await review(commit, lanes, openHere({ baseUrl: way.url }))
  expect(found).toMatchObject({ pullRequest: null, lanes: [], unknown: expect.stringMatching(why) })
})
