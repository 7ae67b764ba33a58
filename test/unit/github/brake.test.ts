import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { openApi } from '../../../src/github/api.ts'
import { assertFewFailures } from '../../../src/github/brake.ts'
import { rejectionOf } from '../thrown.ts'

// The emulated GitHub has no GraphQL, so here is one that has this one answer.
interface Asked {
  path: string
  body: { query: string; variables: unknown }
}
const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

async function github(status: number, answer: unknown): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (part: string) => (text += part))
    request.once('end', () => {
      asked.push({ path: request.url ?? '', body: JSON.parse(text) as Asked['body'] })
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const failed = (totalCount: number) => ({ data: { resource: { checkSuite: { checkRuns: { totalCount } } } } })
const run = 'https://github.com/acme/tenants/actions/runs/1'

it('lets a tenant begin while fewer have failed, and asks once', async () => {
  const { baseUrl, asked } = await github(200, failed(2))
  expect(await assertFewFailures(openApi('token', { baseUrl }), run, 3)).toBe(null)
  expect(asked).toMatchObject([{ path: '/graphql', body: { variables: { run } } }])
  expect(asked[0]!.body.query).toContain('conclusions: [FAILURE, TIMED_OUT, STARTUP_FAILURE]')
})

it.each([
  [3, 3, '3 tenants failed'],
  [1, 1, '1 tenant failed'],
  [1200, 3, '1,200 tenants failed']
])('with %i failed and %i allowed, nothing is deployed', async (count, most, words) => {
  const { baseUrl } = await github(200, failed(count))
  expect(await rejectionOf(assertFewFailures(openApi('token', { baseUrl }), run, most))).toMatchObject({
    message: `not deployed: ${words}, and fleet.yml stops at ${most}`,
    exitCode: 2,
    remedy: expect.stringContaining('re-run')
  })
})

it.each([
  [200, { data: { resource: null } }, 'the permissions `actions: read` and `checks: read`'],
  [200, { errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }] }, 'not accessible'],
  [404, { message: 'Not Found' }, 'Not Found (HTTP 404)'],
  [401, { message: 'Bad credentials' }, 'Bad credentials (HTTP 401)']
])('where GitHub answers %i %j, it goes on and says so', async (status, answer, reason) => {
  const { baseUrl } = await github(status, answer)
  const warning = await assertFewFailures(openApi('token', { baseUrl, secondMs: 0 }), run, 1)
  expect(warning).toContain('it is not known how many tenants of this run have failed, so this one is deployed')
  expect(warning).toContain(reason)
})

it('where nobody answers at all, it goes on and says so', async () => {
  const { baseUrl } = await github(200, {})
  closing.splice(0).forEach((close) => close())
  expect(await assertFewFailures(openApi('token', { baseUrl, secondMs: 0 }), run, 1)).toMatch(/so this one is deployed/)
  expect(await assertFewFailures(openApi('token', { baseUrl }), null, 1)).toMatch(/no run of a workflow/)
})
