import { afterAll, expect, test } from 'vitest'
import { openPublicCheck, type Live } from '../../../../src/doctor/public/check.ts'
import type { Finding } from '../../../../src/report/report.ts'
import { rejectionOf } from '../../thrown.ts'
import { makeAuthority } from '../../visitor/authority.ts'
import { domains, release, serve, type Answer } from './acme.ts'

const authority = makeAuthority()
afterAll(() => authority[Symbol.dispose]())
const all = authority.issue(domains)

const app = ['health', 'redirects', 'certificate', 'headers', 'assets', 'cors'].map((name) => `app.public.${name}`)
const marketing = ['page', 'redirects', 'certificate', 'headers', 'assets', 'links'].map(
  (name) => `marketing.public.${name}`
)
const inSync = (address: string): Finding => ({ address, verdict: 'in-sync', differences: [] })
const drifted = (address: string, attribute: string, expected: string, actual: string): Finding => ({
  address,
  verdict: 'drifted',
  differences: [{ attribute, expected, actual }]
})

test('sites as they should be: each address in sync, and nothing posted', async () => {
  const sites = await serve(authority, { all })
  expect(await sites.look()).toEqual([...app, ...marketing].map(inSync))
  expect([...new Set(sites.asked.map((line) => line.split(' ')[0]))].sort()).toEqual(['GET', 'HEAD', 'OPTIONS'])
})

test('a lane that a tenant does not have has no findings', async () => {
  const { look, subject } = await serve(authority, { all })
  const tenant = { ...subject.tenant }
  delete tenant.marketing
  expect(await look({ tenant })).toEqual(app.slice(0, -1).map(inSync))
})

test.each<[string, Partial<Answer>, string]>([
  ['a fault behind nginx', { status: 502, body: 'Bad Gateway' }, 'status 502'],
  ['a default page', { body: '<h1>Welcome to nginx!</h1>' }, '200, and no release is named'],
  ['JSON that is no object', { body: 'null' }, '200, and no release is named'],
  ['another release', { body: '{"release":"20200101T000000Z-local"}' }, '200 from 20200101T000000Z-local'],
  [
    'a name full of HTML, and long',
    { body: JSON.stringify({ release: '<b>'.repeat(500) }) },
    `200 from ${'<b>'.repeat(500).slice(0, 200)}…`
  ],
  ['a redirect', { status: 302, headers: { location: '/login' } }, '302 to /login'],
  ['no such path', { status: 404 }, 'status 404']
])('the health of an app that is %s is the one finding for it', async (_, change, actual) => {
  const { look } = await serve(authority, { all }, (asked, answer) =>
    asked.endsWith('/api/health') ? { ...answer, ...change } : answer
  )
  expect(await look()).toEqual([
    drifted('app.public.health', '/api/health', `200 from ${release}`, actual),
    ...[...app.slice(1, 3), ...marketing].map(inSync)
  ])
})

test.each<[string, Partial<Answer>, string]>([
  ['another page', { body: '<h1>Welcome to nginx!</h1>' }, '200 with other content'],
  ['too many requests', { status: 429 }, 'status 429']
])('%s where the marketing site should be is the one finding for it', async (_, change, actual) => {
  const { look } = await serve(authority, { all }, (asked, answer) =>
    asked === 'https://www.acme.example/' ? { ...answer, ...change } : answer
  )
  expect(await look()).toEqual([
    ...app.map(inSync),
    drifted('marketing.public.page', '/', `200 with the first page of ${release}`, actual),
    ...marketing.slice(1, 3).map(inSync)
  ])
})

test('where nothing is known to be live, any release and any page will do, and contents are not compared', async () => {
  const live: Live = { app: null, marketing: null }
  const { look } = await serve(authority, { all }, (asked, answer) => ({
    ...answer,
    body: asked.endsWith('/api/health') ? '{"release":"any"}' : 'another content'
  }))
  expect(await look({ live })).toEqual([...app, ...marketing.slice(0, -1)].map(inSync))
  const { look: again } = await serve(authority, { all }, (_, answer) => ({
    ...answer,
    headers: { ...answer.headers, 'content-type': 'application/json' },
    body: '{}'
  }))
  expect((await again({ live })).filter(({ verdict }) => verdict !== 'in-sync')).toEqual([
    drifted('app.public.health', '/api/health', '200 from a release', '200, and no release is named'),
    drifted('marketing.public.page', '/', '200 with a page', '200 with application/json')
  ])
})

test('what passes by itself is asked again, and what is wrong once more', async () => {
  let [faults, wrongs] = [3, 1]
  const sites = await serve(authority, { all }, (asked, answer) => {
    if (asked.endsWith('/api/health') && faults-- > 0) return { ...answer, status: 503 }
    if (asked === 'https://www.acme.example/' && wrongs-- > 0) return { ...answer, body: 'the release before' }
    return answer
  })
  expect((await sites.look()).map(({ verdict }) => verdict)).not.toContain('drifted')
})

test('without a rehearsal the findings are the same, and nothing that was answered well is asked twice', async () => {
  const sites = await serve(authority, { all })
  const ahead = await sites.look()
  const asked = sites.asked.splice(0).sort()
  using check = openPublicCheck(sites.subject)
  expect(await check.judge(sites.subject.live)).toEqual(ahead)
  expect(sites.asked.sort()).toEqual(asked)
})

test('a release that goes live between the question and the word of the host is asked again', async () => {
  let before = '20200101T000000Z-before'
  const sites = await serve(authority, { all }, (asked, answer) =>
    asked.endsWith('/api/health') ? { ...answer, body: JSON.stringify({ release: before }) } : answer
  )
  using check = openPublicCheck(sites.subject)
  await check.rehearse(sites.subject.live)
  before = release
  expect((await check.judge(sites.subject.live)).filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
})

test('a check that breaks is unknown, and the others go on', async () => {
  const { look, subject } = await serve(authority, { all })
  const files = new Proxy(subject.live.marketing!.files, {
    ownKeys() {
      throw new Error('a damaged record')
    }
  })
  const found = await look({ live: { ...subject.live, marketing: { release, files } } })
  expect(found).toEqual([
    ...[...app, ...marketing.slice(0, -1)].map(inSync),
    { address: 'marketing.public.links', verdict: 'unknown', differences: [], cause: 'a damaged record' }
  ])
})

test('an interruption ends it, and is no finding', async () => {
  const interruption = new AbortController()
  const { look } = await serve(authority, { all }, (_, answer) => {
    interruption.abort(new Error('interrupted'))
    return answer
  })
  expect(await rejectionOf(look({ signal: interruption.signal }))).toMatchObject({ message: 'interrupted' })
})

test.each([
  ['is missing', '/nowhere/ca.pem', 'cannot be read (ENOENT)'],
  ['is something else', import.meta.filename, 'holds no certificate in PEM']
])('a ca_file that %s is one error', async (_, ca_file, why) => {
  const { look, subject } = await serve(authority, { all })
  expect(await rejectionOf(look({ host: { ...subject.host, ca_file } }))).toMatchObject({
    kind: 'manifest',
    message: `the \`ca_file\` of the host ${why}`,
    where: ca_file
  })
})
