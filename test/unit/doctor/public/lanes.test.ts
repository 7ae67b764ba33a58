import { afterAll, expect, test } from 'vitest'
import { checkAssets } from '../../../../src/doctor/public/assets.ts'
import { checkCors } from '../../../../src/doctor/public/cors.ts'
import { checkHeaders } from '../../../../src/doctor/public/headers.ts'
import { mainUrl } from '../../../../src/doctor/public/main-answer.ts'
import { checkRedirects } from '../../../../src/doctor/public/redirects.ts'
import type { LaneName } from '../../../../src/report/report.ts'
import { makeAuthority } from '../../visitor/authority.ts'
import { domains, release, serve, type Answer, type Sites } from './acme.ts'

const authority = makeAuthority()
afterAll(() => authority[Symbol.dispose]())
const all = authority.issue(domains)

const path = '/tenant/doctor?asked=redirect'

test.each<[string, string, (to: string) => Partial<Answer>, (to: string) => string | null]>([
  [
    'for good, in the other way',
    'http://www.acme.example',
    (to) => ({ status: 308, headers: { location: to } }),
    () => null
  ],
  ['for now', 'http://www.acme.example', (to) => ({ status: 302, headers: { location: to } }), (to) => `302 to ${to}`],
  ['not at all', 'https://acme.example', () => ({ status: 200, headers: {} }), () => 'status 200'],
  [
    'to the first page',
    'https://acme.example',
    (to) => ({ headers: { location: new URL('/', to).href } }),
    (to) => `301 to ${new URL('/', to).href}`
  ],
  [
    'without the question',
    'http://acme.example',
    (to) => ({ headers: { location: to.replace(/\?.*/, '') } }),
    (to) => `301 to ${to.replace(/\?.*/, '')}`
  ],
  [
    'to itself',
    'https://acme.example',
    () => ({ headers: { location: `https://acme.example${path}` } }),
    () => `301 to https://acme.example${path}`
  ],
  [
    'to two places',
    'http://acme.example',
    (to) => ({ headers: { location: [to, to] } }),
    (to) => `301 to ${to} and ${to}`
  ]
])('a visitor who is sent on %s', async (_, from, change, actual) => {
  const sites: Sites = await serve(authority, { all }, (asked, answer) =>
    asked.startsWith(`${from}/`) ? { ...answer, ...change(target(sites)) } : answer
  )
  const to = actual(target(sites))
  const difference = { attribute: from, expected: `301 or 308 to ${target(sites)}`, actual: to }
  const { differences } = await checkRedirects(sites.visit(), 'marketing')
  expect(differences).toEqual(to === null ? [] : [difference])
})

const target = ({ subject }: Sites) => `https://www.acme.example:${subject.host.https_port}${path}`

test('a second domain that gives no answer is one difference, and no matter of certificates', async () => {
  const sites: Sites = await serve(authority, { all }, (asked, answer, request) => {
    if (new URL(asked).hostname !== 'acme.example') return answer
    request.socket.destroy()
    return null
  })
  const expected = `301 or 308 to ${target(sites)}`
  expect(await checkRedirects(sites.visit(), 'marketing')).toEqual({
    differences: [{ attribute: 'acme.example', expected, actual: 'ECONNRESET: the connection was cut' }],
    silent: new Set(['acme.example'])
  })
})

test.each<[string, Record<string, string | string[] | undefined>, string, string, string]>([
  ['missing', { 'X-Frame-Options': undefined }, 'X-Frame-Options', 'DENY', 'missing'],
  ['another', { 'X-Frame-Options': 'SAMEORIGIN' }, 'X-Frame-Options', 'DENY', 'SAMEORIGIN'],
  [
    'sent twice',
    { 'X-Content-Type-Options': ['nosniff', 'nosniff'] },
    'X-Content-Type-Options',
    'nosniff',
    'sent 2 times: nosniff and nosniff'
  ],
  [
    'very long',
    { 'Referrer-Policy': 'a'.repeat(9000) },
    'Referrer-Policy',
    'strict-origin-when-cross-origin',
    `${'a'.repeat(200)}…`
  ]
])('a header that is %s', async (_, headers, attribute, expected, actual) => {
  const sites = await serve(authority, { all }, (asked, answer) =>
    asked === 'https://www.acme.example/' ? { ...answer, headers: clean({ ...answer.headers, ...headers }) } : answer
  )
  const visit = sites.visit()
  const main = await visit.visitor.ask(mainUrl(visit, 'marketing'), visit.signal)
  const { differences } = await checkHeaders(visit, 'marketing', main)
  expect(differences).toEqual([{ attribute, expected, actual }])
})

test('the name of a header may be written in any way', async () => {
  const sites = await serve(authority, { all }, (_, answer) => ({
    ...answer,
    headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.toUpperCase(), value]))
  }))
  const visit = sites.visit()
  const main = await visit.visitor.ask(mainUrl(visit, 'app'), visit.signal)
  expect(await checkHeaders(visit, 'app', main)).toMatchObject({ differences: [] })
})

test('assets are there, and hold what is live', async () => {
  const sites = await serve(authority, { all }, (asked, answer) => {
    if (asked.endsWith('/favicon.ico')) return { ...answer, body: 'stale' }
    return asked.endsWith('/logo.svg') ? { ...answer, status: 403 } : answer
  })
  const expected = `200 with the content of ${release}`
  const { live } = sites.subject
  const found = (lane: LaneName) => checkAssets(sites.visit(), lane, live[lane])
  expect((await found('app')).differences).toEqual([
    { attribute: '/favicon.ico', expected, actual: '200 with other content' }
  ])
  expect((await found('marketing')).differences).toEqual([
    { attribute: '/assets/logo.svg', expected, actual: 'status 403' }
  ])
})

test('an asset too large to be read is asked for, and not said to be fine', async () => {
  const sites = await serve(authority, { all })
  const files = { 'public/favicon.ico': { sha256: 'another', executable: false, bytes: 2 ** 30 } }
  expect(await checkAssets(sites.visit(), 'app', { release, files })).toEqual({
    differences: [],
    unseen: [{ attribute: '/favicon.ico', expected: 'its content', actual: 'too large to be compared' }]
  })
})

const ALLOW = 'access-control-allow-'
const origin = ({ subject }: Sites) => new URL(`https://www.acme.example:${subject.host.https_port}`).origin

test.each<
  [
    string,
    'OPTIONS' | 'GET',
    Partial<Answer>,
    Record<string, string | string[] | undefined>,
    (o: string) => [string, string, string] | null
  ]
>([
  [
    'open to all',
    'OPTIONS',
    {},
    { [`${ALLOW}origin`]: '*', [`${ALLOW}methods`]: '*', [`${ALLOW}headers`]: '*' },
    () => null
  ],
  ['open to all, which nothing depends on', 'GET', {}, { [`${ALLOW}origin`]: '*', vary: undefined }, () => null],
  [
    'refused',
    'OPTIONS',
    { status: 403 },
    { [`${ALLOW}origin`]: undefined },
    () => ['OPTIONS /api/bookings', 'an ok status', 'status 403']
  ],
  ['broken', 'OPTIONS', { status: 500 }, {}, () => ['OPTIONS /api/bookings', 'an ok status', 'status 500']],
  [
    'sent elsewhere',
    'OPTIONS',
    { status: 307 },
    { location: '/login' },
    () => ['OPTIONS /api/bookings', 'an ok status', '307 to /login']
  ],
  [
    'for nobody',
    'OPTIONS',
    {},
    { [`${ALLOW}origin`]: undefined },
    (o) => ['Access-Control-Allow-Origin of OPTIONS /api/bookings', o, 'missing']
  ],
  [
    'for another site',
    'OPTIONS',
    {},
    { [`${ALLOW}origin`]: 'https://evil.example' },
    (o) => ['Access-Control-Allow-Origin of OPTIONS /api/bookings', o, 'https://evil.example']
  ],
  [
    'said to be for other methods, which a browser asks of no POST',
    'OPTIONS',
    {},
    { [`${ALLOW}methods`]: 'GET, PUT' },
    () => null
  ],
  [
    'without the header',
    'OPTIONS',
    {},
    { [`${ALLOW}headers`]: undefined },
    () => ['Access-Control-Allow-Headers', 'content-type', 'missing']
  ],
  [
    'not to be read',
    'GET',
    {},
    { [`${ALLOW}origin`]: undefined },
    (o) => ['Access-Control-Allow-Origin of GET /api/bookings', o, 'missing']
  ],
  [
    'said twice',
    'GET',
    {},
    { [`${ALLOW}origin`]: ['*', '*'] },
    (o) => ['Access-Control-Allow-Origin of GET /api/bookings', o, '* and *']
  ],
  [
    'kept for the wrong site',
    'GET',
    {},
    { vary: 'accept-encoding' },
    () => ['Vary of GET /api/bookings', 'Origin', 'accept-encoding']
  ],
  ['only to be written to', 'GET', { status: 405 }, { [`${ALLOW}origin`]: undefined }, () => null],
  ['broken when it is read', 'GET', { status: 500 }, {}, () => ['GET /api/bookings', 'an answer', 'status 500']]
])('an API that is %s, to the widget', async (_, method, change, headers, difference) => {
  const sites = await serve(authority, { all }, (asked, answer, request) =>
    asked.endsWith('/api/bookings') && request.method === method
      ? { ...answer, ...change, headers: clean({ ...answer.headers, ...headers }) }
      : answer
  )
  const one = difference(origin(sites))
  const [attribute, expected, actual] = one ?? []
  const { differences } = await checkCors(sites.visit(), '/api/bookings')
  expect(differences).toEqual(one === null ? [] : [{ attribute, expected, actual }])
})

/** Without what is undefined. */
function clean(headers: Record<string, string | string[] | undefined>): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  )
}
