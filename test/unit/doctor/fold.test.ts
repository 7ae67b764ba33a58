import { describe, expect, test } from 'vitest'
import { fold } from '../../../src/doctor/fold.ts'
import { trace, type Trace } from '../../../src/doctor/trace.ts'
import type { Verdict } from '../../../src/report/report.ts'

/** `acme/app.site`, or `host.nginx` for what is the host's; `?` at its end: it could not be looked at; `-`: it is missing. */
function found(name: string, ...attributes: string[]): Trace {
  const [, tenant, address = '', mark] = /^(?:(\w+)\/)?(.*?)([?-])?$/.exec(name)!
  const verdict: Verdict = mark === '?' ? 'unknown' : mark === '-' ? 'missing' : 'drifted'
  const differences = attributes.map((attribute) => ({ attribute, expected: 'one', actual: 'another' }))
  const cause = verdict === 'unknown' ? { cause: 'permission denied' } : {}
  return trace(tenant ?? null, { address, verdict, differences, ...cause }, 'repair it')
}

const nameOf = ({ tenant, address }: { tenant: string | null; address: string }) =>
  tenant === null ? address : `${tenant}/${address}`

/** Each cause with what follows from it. */
function folded(...traces: Trace[]): Record<string, string[]> {
  return Object.fromEntries(fold(traces).map((cause) => [nameOf(cause), cause.consequences.map(nameOf)]))
}

test('what has nothing to do with each other stays', () => {
  expect(folded(found('acme/app.environment'), found('acme/database'), found('host.disk'))).toEqual({
    'acme/app.environment': [],
    'acme/database': [],
    'host.disk': []
  })
})

describe('one fault is one finding', () => {
  test.each([
    ['acme/app.process', ['acme/app.public.health', 'acme/app.public.cors']],
    ['acme/app.site', ['acme/app.public.headers']],
    [
      'acme/account-',
      ['acme/folders', 'acme/app.release?', 'acme/marketing.files?', 'acme/database.role-', 'acme/logs']
    ],
    ['acme/folders', ['acme/app.release?', 'acme/marketing.public.page']],
    ['acme/database.role-', ['acme/database', 'acme/pgbouncer.entry', 'acme/pgbouncer.route', 'acme/app.migrations?']],
    ['acme/database.ownership', ['acme/app.migrations?', 'acme/app.public.cors']],
    ['acme/app.migrations', ['acme/app.process', 'acme/app.public.cors']],
    ['acme/pgbouncer.entry', ['acme/pgbouncer.route', 'acme/app.public.health']],
    ['acme/app.release-', ['acme/app.files?', 'acme/app.public.health', 'acme/marketing.widget']],
    ['acme/marketing.files', ['acme/marketing.public.links', 'acme/marketing.public.assets']],
    ['acme/certificate.issued', ['acme/app.public.certificate', 'acme/marketing.public.certificate']],
    ['host.nginx', ['host.nginx.test', 'acme/app.site', 'acme/app.public.health', 'bolt/marketing.public.page']],
    ['host?', ['acme/app.public.health?', 'bolt/marketing.public.page?']]
  ])('%s', (cause, consequences) => {
    const traces = [...consequences, cause].map((name) => found(name))
    expect(folded(...traces)).toEqual({
      [cause.replace(/[?-]$/, '')]: consequences.map((name) => name.replace(/[?-]$/, ''))
    })
  })
})

test('what follows from what follows is told with the first of them', () => {
  const all = ['acme/database.role-', 'acme/database-', 'acme/pgbouncer.route', 'acme/app.public.health']
  expect(folded(...all.map((name) => found(name)))).toEqual({
    'acme/database.role': ['acme/database', 'acme/pgbouncer.route', 'acme/app.public.health']
  })
})

describe('a fault of its own is not hidden', () => {
  test.each([
    ['an account with another shell explains no changed file', 'acme/account', 'acme/app.files'],
    ['a folder that is open to others explains no changed file', 'acme/folders', 'acme/app.files'],
    ['a database of another owner explains no other object', 'acme/database', 'acme/database.ownership'],
    ['a process that is down explains no changed env file', 'acme/app.process', 'acme/app.environment'],
    ['one tenant explains nothing of another', 'acme/app.process', 'bolt/app.public.health']
  ])('%s', (_, one, other) => {
    expect(folded(found(one), found(other))).toEqual({ [one]: [], [other]: [] })
  })
})

describe('what could not be looked at', () => {
  test('explains nothing that is known to be wrong', () => {
    expect(folded(found('acme/app.process?'), found('acme/app.public.health'))).toEqual({
      'acme/app.process': [],
      'acme/app.public.health': []
    })
    expect(folded(found('host?'), found('acme/app.public.certificate'))).toEqual({
      host: [],
      'acme/app.public.certificate': []
    })
  })

  test('of a dead host explains that nothing answers', () => {
    const silent = { ...found('acme/app.public.health'), noAnswer: true }
    expect(folded(found('host?'), silent)).toEqual({ host: ['acme/app.public.health'] })
  })

  test.each([
    ['Query read timeout', true],
    ['server login has been failing, cached error: connect failed (server_login_retry)', true],
    ['other as other', false],
    ['password authentication failed', false]
  ])('of a database that does not answer explains a route where it is waited for: %s', (actual, isExplained) => {
    const route = {
      ...found('acme/pgbouncer.route'),
      differences: [{ attribute: 'through', expected: 'acme', actual }]
    }
    const causes = folded(found('acme/database.role?'), route)
    expect(causes['acme/database.role']).toEqual(isExplained ? ['acme/pgbouncer.route'] : [])
  })
})

test('what waits for a deploy explains what that would bring, and no more', () => {
  const wrong = ['redirects', 'headers', 'certificate', 'cors'].map((check) => found(`acme/app.public.${check}`))
  const names = (causes: Record<string, string[]>) => causes['acme/app.source']
  expect(names(folded(found('acme/app.source', 'lib/x.ts'), ...wrong))).toEqual(['acme/app.public.cors'])
  expect(names(folded(found('acme/app.source', '/etc/nginx/tenants.d/acme-app.conf'), ...wrong))).toEqual([
    'acme/app.public.redirects',
    'acme/app.public.headers',
    'acme/app.public.cors'
  ])
})

test("nginx' whole configuration is explained by the file that it names, and by no other", () => {
  const path = '/etc/nginx/tenants.d/acme-app.conf'
  const refused = (said: string): Trace => ({
    ...found('host.nginx.test'),
    differences: [{ attribute: '/etc/nginx/nginx.conf', expected: 'accepted by nginx', actual: said }]
  })
  expect(folded(found('acme/app.site', path), refused(`unknown directive in ${path}:3`))).toEqual({
    'acme/app.site': ['host.nginx.test']
  })
  expect(folded(found('acme/app.site', path), refused('unknown directive in /etc/nginx/nginx.conf:3'))).toEqual({
    'acme/app.site': [],
    'host.nginx.test': []
  })
  const logs = found('acme/logs-', '/var/log/nginx/acme-app.access.log, /var/log/nginx/acme-app.error.log')
  const missing = {
    ...found('host.nginx.test?'),
    cause: 'nginx was not asked, as it would make /var/log/nginx/acme-app.error.log'
  }
  expect(folded(logs, missing)).toEqual({ 'acme/logs': ['host.nginx.test'] })
})

describe('a tenant has one certificate for all of its domains', () => {
  const shown = (name: string, actual: string): Trace => ({
    ...found(name),
    differences: [{ attribute: `${name}.test`, expected: 'a valid certificate', actual }]
  })
  const ofApp = shown('acme/app.public.certificate', 'it ran out')

  test('the same wrong with it in both lanes is one fault', () => {
    expect(folded(ofApp, shown('acme/marketing.public.certificate', 'it ran out'))).toEqual({
      'acme/app.public.certificate': ['acme/marketing.public.certificate']
    })
  })

  test('something else is another, and so is the same of another tenant', () => {
    expect(folded(ofApp, shown('acme/marketing.public.certificate', 'it is signed by itself'))).toEqual({
      'acme/app.public.certificate': [],
      'acme/marketing.public.certificate': []
    })
    expect(folded(ofApp, shown('bolt/marketing.public.certificate', 'it ran out'))).toEqual({
      'acme/app.public.certificate': [],
      'bolt/marketing.public.certificate': []
    })
  })
})

test('a consequence says in short what it is', () => {
  const [cause] = fold([
    found('acme/app.process', 'status'),
    {
      ...found('acme/app.public.health'),
      differences: [{ attribute: 'https://book.acme.test/', expected: '200', actual: '502' }]
    },
    found('acme/app.public.cors?')
  ])
  expect(cause!.consequences).toEqual([
    { tenant: 'acme', address: 'app.public.health', summary: 'https://book.acme.test/: expected 200, found 502' },
    { tenant: 'acme', address: 'app.public.cors', summary: 'permission denied' }
  ])
})
