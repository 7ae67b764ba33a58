import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { PROTOCOL } from '../../../../src/facts/held/protocol.ts'
import { questionsOn, vocabulary } from '../../../../src/facts/held/questions.ts'
import type { FactRequest } from '../../../../src/facts/requests.ts'
import { hostResources } from '../../../../src/doctor/host-resources.ts'
import {
  managedResources,
  ownResources,
  siteResources,
  subjectOf,
  type Shipping
} from '../../../../src/doctor/subject.ts'
import type { Resource } from '../../../../src/resources/resource.ts'
import { thrownBy } from '../../thrown.ts'
import { tenant } from '../../resources/acme.ts'
import { heldHost, observed } from './sample.ts'

const host = heldHost()
const read = questionsOn(host)
const refusal = (question: unknown) => (thrownBy(() => read(question)) as Error).message

const shipping: Shipping = { tree: {}, migrations: [], mark: null, cause: null }
const secrets = { ACME_DATABASE_PASSWORD: 'pencil', ACME_SESSION_SECRET: 'session' }
const templates = new URL('../../../../templates', import.meta.url).pathname
const subject = subjectOf(
  { host: observed, tenant, templates, secrets, collector: 'the collector' },
  { app: shipping, marketing: shipping }
)
const { own, inventory } = hostResources(observed)
const all = [...own, inventory, ...managedResources(subject), ...siteResources(subject)] as unknown as Resource[]
const ofTenant = ownResources(subject).flatMap(({ requests }) =>
  Object.values(requests).map((request) => ({ ...request, as: subject.layout.account }))
)
const backups: FactRequest = { kind: 'backups', folder: subject.layout.backups, as: subject.layout.account }
const asked: FactRequest[] = [backups, ...all.flatMap(({ requests }) => Object.values(requests)), ...ofTenant]

test('all that doctor and a preview ask may be asked, and arrives as it was asked', () => {
  expect(new Set(asked.map(({ kind }) => kind)).size).toBeGreaterThan(15)
  for (const request of asked) expect(read(JSON.parse(JSON.stringify(request)))).toEqual(request)
})

test('what is asked there is all that may be asked', () => {
  const needed = new Set(asked.flatMap(({ kind, ...fields }) => Object.keys(fields).map((name) => `${kind}.${name}`)))
  // A rollback's dry run asks for these as the tenant.
  const others = ['account.as', 'nginx.as', 'migrations.as', 'lock.as', 'file.as', 'releases.as']
  expect(vocabulary(host).filter((field) => !needed.has(field) && !others.includes(field))).toEqual([])
})

test('whoever changes the vocabulary decides whether an older collector would misread it, and the number changes', () => {
  const hash = createHash('sha256').update(vocabulary(host).join(' ')).digest('hex').slice(0, 12)
  expect({ [PROTOCOL]: hash }).toEqual({ 2: 'e9aa0d9f7e38' })
})

describe('each kind refuses what is not this host’s own, a field that it does not know, and one that is missing', () => {
  const kinds = [...new Map(asked.map((request) => [request.kind, request])).values()]
  test.each(kinds.map((request) => [request.kind, request] as const))('%s', (_, request) => {
    expect(refusal({ ...request, shell: 'sh' })).toMatch(
      /^"shell" is no field that is known here \(.*tenant provision\)$/
    )
    for (const field of Object.keys(request).filter((name) => name !== 'kind')) {
      for (const value of [null, 7e9, { a: 1 }, 'a\nb', '../../etc/shadow', `${'a'.repeat(5000)}`]) {
        const question = { ...request, [field]: value }
        if (value === null && field === 'release') continue
        if (field === 'password' && typeof value === 'string' && value.length < 100) continue
        if (value === 7e9 && field === 'contentUpTo') expect(refusal(question)).toMatch(/^contentUpTo is not a whole/)
        expect(refusal(question), field).toMatch(new RegExp(`^${field} `))
      }
    }
  })
})

const path = '/srv/tenants/acme/app/current'
const database = asked.find(({ kind }) => kind === 'database')!
const migrations = asked.find(({ kind }) => kind === 'migrations')!
const probe = asked.find(({ kind }) => kind === 'probe')!

test.each([
  [
    'a kind that nobody knows',
    { kind: 'shell', command: 'id' },
    /^no question of the kind "shell" is known here \(a newer program installs its own collector: tenant provision\)$/
  ],
  [
    'a kind that acts in time',
    { kind: 'connections', port: 22, deadlineMs: 0 },
    /^no question of the kind "connections"/
  ],
  ['a name that every object has', { kind: 'constructor' }, /^no question of the kind "constructor"/],
  ['a prototype for a kind', { kind: '__proto__' }, /^no question of the kind "__proto__"/],
  ['no kind', { path: '/etc/shadow' }, /^no question of the kind undefined/],
  ['a list', [{ kind: 'clock' }], /^it is no question$/],
  ['a text', 'clock', /^it is no question$/],
  ['nothing', null, /^it is no question$/],
  ['a way up', { kind: 'file', path: `${path}/../../../other/app/current/.env.local` }, /^path is not a plain/],
  ['a path that is relative', { kind: 'file', path: 'etc/shadow' }, /^path is not a plain/],
  ['a path with a NUL', { kind: 'file', path: '/etc/shadow\0.conf' }, /^path is not a plain/],
  ['a path with an empty part', { kind: 'file', path: '/etc//shadow' }, /^path is not a plain/],
  ['a path without end', { kind: 'file', path: `/${'a/'.repeat(2000)}a` }, /^path is not a plain/],
  ['more text than there is', { kind: 'file', path, contentUpTo: 2 ** 40 }, /^contentUpTo is not a whole number/],
  ['the rights of another account', { kind: 'file', path, as: 'root' }, /^as is no tenant's$/],
  ['the rights of who deploys', { kind: 'file', path, as: 'deploy' }, /^as is no tenant's$/],
  [
    'another program',
    { kind: 'nginx-test', ...host.nginx, command: '/bin/sh' },
    /^"pid" is no field|^command is not this/
  ],
  [
    'another configuration',
    { kind: 'nginx-test', command: host.nginx.command, config: '/tmp/n.conf' },
    /^config is not/
  ],
  ['a program for its version', { kind: 'tools', names: ['nginx'] }, /^presenceOnly is missing$/],
  ['a program by its path', { kind: 'tools', names: ['/bin/sh'], presenceOnly: true }, /^names is not the name of a/],
  ['another server', { ...migrations, host: '10.0.0.7' }, /^host is not this host's own$/],
  ['another port', { ...migrations, port: 22 }, /^port is not this host's own$/],
  ['the administrator', { ...migrations, user: 'postgres' }, /^user is the administrator of the databases$/],
  ['a connection for a database', { ...database, database: 'host=10.0.0.7' }, /^database is not a name/],
  ['SQL for a role', { ...database, role: `a'; DROP TABLE b; --` }, /^role is not a name/],
  ['another administrator', { ...database, administrator: { host: '/tmp', port: 5432 } }, /^administrator is not/],
  [
    'a psql of another account',
    { ...database, administrator: { ...host.postgres.administrator, account: 'root', password: null } },
    /^administrator is not/
  ],
  ['a health that is waited for', { ...probe, deadlineMs: 60_000 }, /^deadlineMs is not this host's own$/],
  ['a header', { ...probe, host: 'a\r\nX-Real-IP: 1.2.3.4' }, /^host is not a domain$/],
  ['a query', { ...probe, path: '/admin?drop=1' }, /^path is not the path of a URL$/],
  ['another file system', { kind: 'capacity', paths: ['/home'] }, /^paths is not this host's own$/],
  ['another group', { kind: 'group', name: 'sudo' }, /^name is not this host's own$/],
  ['an account that is no tenant’s', { kind: 'account', name: 'postgres' }, /^name is no tenant's$/],
  [
    'variables without end',
    { kind: 'processes', pm2Home: '/p', watch: Array(501).fill('A') },
    /^watch is a list of more/
  ]
])('%s is refused', (_, question, message) => {
  expect(refusal(question)).toMatch(message)
})

test('a field that every object inherits is not taken for one', () => {
  const question = JSON.parse('{"kind":"file","path":"/etc/hosts","__proto__":{"unread":true}}') as unknown
  expect(refusal(question)).toMatch(/^"__proto__" is no field that is known here/)
})

test('what is refused is not repeated, as it may be a secret', () => {
  expect(refusal({ ...migrations, password: 7, user: 'Pa55 word!' })).not.toContain('Pa55')
})
