import { expect, test } from 'vitest'
import type { Tree } from '../../../src/facts/facts.ts'
import type { Fingerprint, FingerprintPart } from '../../../src/report/review-report.ts'
import { appEnvironment, type Desire } from '../../../src/resources/desired-state.ts'
import { fingerprint, type DesiredLane, type LiveLane } from '../../../src/resources/fingerprint.ts'
import { migration } from '../../../src/resources/migrations.ts'
import type { Tenant } from '../../../src/tenant/schema.ts'
import { host, tenant } from './acme.ts'

const secrets = { ACME_DATABASE_PASSWORD: 'hunter2', ACME_SESSION_SECRET: '1234' }
const desire: Desire = { host, tenant, templates: '/nowhere', collector: '', secrets }
const tree: Tree = {
  'index.html': { sha256: 'a'.repeat(64), executable: false, bytes: 10 },
  'run.sh': { sha256: 'b'.repeat(64), executable: true, bytes: 20 }
}
const desired: DesiredLane = {
  tree,
  mark: null,
  site: { path: '/etc/nginx/acme.conf', text: 'server {}' },
  migrations: [migration('0001.sql', 'select 1')]
}
const live: LiveLane = {
  tree: { 'index.html': tree['index.html']! },
  others: [],
  site: 'server { }',
  record: null,
  applied: [],
  env: { exists: true, env: {} }
}
const of = (more: { desire?: Desire; desired?: Partial<DesiredLane>; live?: Partial<LiveLane> } = {}) =>
  fingerprint(more.desire ?? desire, { ...desired, ...more.desired }, { ...live, ...more.live })

function differing(one: Fingerprint, other: Fingerprint): FingerprintPart[] {
  return (Object.keys(one) as FingerprintPart[]).filter((part) => one[part] !== other[part])
}

const withApp = (app: Partial<NonNullable<Tenant['app']>>): Desire => ({
  ...desire,
  tenant: { ...tenant, app: { ...tenant.app!, ...app } }
})

test('is short, and the same for the same facts in whatever order', () => {
  for (const hash of Object.values(of())) expect(hash).toMatch(/^[0-9a-f]{12}$/)
  const turned: Tree = { 'run.sh': tree['run.sh']!, 'index.html': tree['index.html']! }
  expect(of({ desired: { tree: turned } })).toEqual(of())
  // What a touch changes, or the size that a copy was found with, is no part of it.
  const resized: Tree = { ...tree, 'run.sh': { ...tree['run.sh']!, bytes: 21 } }
  expect(of({ desired: { tree: resized } })).toEqual(of())
})

const other = { sha256: 'c'.repeat(64), executable: false, bytes: 10 }

test.each<[string, Parameters<typeof of>[0], FingerprintPart[]]>([
  ['the content of a file', { desired: { tree: { ...tree, 'index.html': other } } }, ['files']],
  [
    'the mode of a file',
    { desired: { tree: { ...tree, 'run.sh': { ...tree['run.sh']!, executable: false } } } },
    ['files']
  ],
  [
    'the name of a file',
    { desired: { tree: { 'index.htm': tree['index.html']!, 'run.sh': tree['run.sh']! } } },
    ['files']
  ],
  [
    'a link in place of a file',
    { desired: { tree: { ...tree, 'index.html': { link: 'x', executable: false, bytes: 1 } } } },
    ['files']
  ],
  ['the source of what is built', { desired: { mark: 'another' } }, ['files']],
  ['the rendered site', { desired: { site: { path: desired.site.path, text: 'server { listen 1; }' } } }, ['site']],
  ['where the site lies', { desired: { site: { path: '/etc/nginx/other.conf', text: 'server {}' } } }, ['site']],
  [
    'a migration more',
    { desired: { migrations: [...desired.migrations!, migration('0002.sql', 'select 2')] } },
    ['migrations']
  ],
  ['what a migration says', { desired: { migrations: [migration('0001.sql', 'select 2')] } }, ['migrations']],
  ['a value in plain view', { desire: withApp({ env: { BRAND_NAME: 'Other' } }) }, ['environment']],
  [
    'which secret a variable has',
    { desire: withApp({ secrets: { SESSION_SECRET: 'OTHER_SECRET' } }) },
    ['environment']
  ],
  ['how it is built', { desire: withApp({ build: ['make'] }) }, ['recipe']],
  ['the ports', { desire: withApp({ ports: [4201, 4202] }) }, ['recipe']],
  ['what is live', { live: { tree } }, ['host']],
  ['a file that was never shipped', { live: { others: ['x'] } }, ['host']],
  ['the live site', { live: { site: null } }, ['host']],
  ['what was applied', { live: { applied: [{ name: '0001.sql', sha256: 'd'.repeat(64), at: '' }] } }, ['host']],
  ['the names that are set', { live: { env: { exists: true, env: { BRAND_NAME: 'x' } } } }, ['host']]
])('is another where %s is another', (_what, more, parts) => {
  expect(differing(of(), of(more))).toEqual(parts)
})

test('holds no value of a secret: another value is another fingerprint only by what differs on the host', () => {
  const guessed = { ...desire, secrets: { ACME_DATABASE_PASSWORD: 'other', ACME_SESSION_SECRET: '9999' } }
  expect(of({ desire: guessed })).toEqual(of())
  const none = of({ desire: { ...desire, secrets: {} } })
  expect(none).toEqual(of())
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const values = appEnvironment(desire)
  const env = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, hash(value)]))
  const same = of({ live: { env: { exists: true, env } } })
  const rotated = of({ desire: guessed, live: { env: { exists: true, env } } })
  expect(differing(same, rotated)).toEqual(['host'])
})

test('without a host says nothing of it', () => {
  const blind = fingerprint(desire, desired, null)
  expect(blind).toEqual({ ...of(), host: null })
})

test('the marketing lane has no part of the app', () => {
  const marketing = fingerprint(desire, { ...desired, migrations: null }, null)
  const withOther = fingerprint(withApp({ env: { A: 'b' }, build: ['make'] }), { ...desired, migrations: null }, null)
  expect(withOther).toEqual(marketing)
})
