import { expect, test } from 'vitest'
import type { CredentialFact, DatabaseFact, FileFact, PoolerFact, RoleFact } from '../../../../src/facts/facts.ts'
import type { AccountFact } from '../../../../src/facts/host-facts.ts'
import type { DatabaseRequest, PoolerRequest } from '../../../../src/facts/requests.ts'
import { accountResource } from '../../../../src/resources/isolation/account.ts'
import { bootResource } from '../../../../src/resources/isolation/boot.ts'
import { databaseResource } from '../../../../src/resources/isolation/database.ts'
import { foldersResource } from '../../../../src/resources/isolation/folders.ts'
import { logsResource } from '../../../../src/resources/isolation/logs.ts'
import { ownershipResource } from '../../../../src/resources/isolation/ownership.ts'
import { poolEntryResource } from '../../../../src/resources/isolation/pool-entry.ts'
import { poolRouteResource } from '../../../../src/resources/isolation/pool-route.ts'
import { roleResource } from '../../../../src/resources/isolation/role.ts'
import { absent, host, layout, tenant } from '../acme.ts'
import { inputs, scripts, told, whats } from './told.ts'

const account: AccountFact = {
  exists: true,
  uid: 1001,
  home: '/srv/tenants/acme',
  shell: '/bin/sh',
  group: 'tenant-acme',
  groups: ['tenants']
}

test.each<[string, AccountFact, string, string[]]>([
  ['as it should be', account, 'in-sync', []],
  ['none', { exists: false }, 'missing | tenant-acme an account <- missing', ['root: make the account tenant-acme']],
  [
    'in another group as well',
    { ...account, groups: ['docker', 'tenants'] },
    'drifted | other groups tenants <- docker, tenants',
    ['root: put right the account tenant-acme']
  ],
  ['root itself', { ...account, uid: 0 }, 'drifted | uid its own <- 0 (root)', []]
])('account: %s', (_, fact, comparison, changes) => {
  const resource = accountResource(layout)
  expect(told(resource.compare({ account: fact }))).toBe(comparison)
  if (comparison !== 'in-sync') expect(whats(resource.changes({ account: fact }))).toEqual(changes)
})

test('changes of an account only what differs', () => {
  const [change] = accountResource(layout).changes({ account: { ...account, shell: '/bin/bash' } })
  expect(change?.command).toMatchObject({ args: ['tenant-acme', '--shell', '/bin/sh'] })
})

const root: FileFact = { exists: true, type: 'folder', owner: 'tenant-acme', group: 'www-data', mode: '0750' }
const pm2: FileFact = { ...root, group: 'tenant-acme', mode: '0700' }

test.each<[string, FileFact, FileFact, string, string[]]>([
  ['as they should be', root, pm2, 'in-sync', []],
  [
    'none',
    absent,
    absent,
    'missing | /srv/tenants/acme a folder <- missing',
    ['root: make the folder /srv/tenants/acme', 'tenant-acme: make the folder /srv/tenants/acme/pm2']
  ],
  [
    'open to others',
    { ...root, mode: '0755' },
    pm2,
    'drifted | mode of /srv/tenants/acme 0750 <- 0755',
    ['root: make the folder /srv/tenants/acme']
  ],
  [
    'a link to somewhere else',
    root,
    { ...pm2, link: '/etc' },
    'drifted | type of /srv/tenants/acme/pm2 folder <- a link to /etc',
    ['root: give /srv/tenants/acme/pm2 back to tenant-acme']
  ]
])('folders: %s', (_, rootFact, pm2Fact, comparison, changes) => {
  const resource = foldersResource(host, tenant, layout)
  const facts = { root: rootFact, pm2: pm2Fact }
  expect(told(resource.compare(facts))).toBe(comparison)
  expect(whats(resource.changes(facts))).toEqual(changes)
})

const administrator = { host: '/run/postgresql', port: 5432, account: 'postgres', role: 'postgres', password: null }
const request: DatabaseRequest = { kind: 'database', administrator, database: 'acme', role: 'acme' }
const password = 'pencil'
const credential: CredentialFact = {
  iterations: 4096,
  salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
  digest: 'd1f5443d1b1dd1b51cf1c1d5e5f5a25e'
}
const role: RoleFact = {
  login: true,
  superuser: false,
  createRole: false,
  createDatabase: false,
  replication: false,
  bypassRls: false,
  memberOf: [],
  members: [],
  credential
}
const database: NonNullable<DatabaseFact['database']> = {
  owner: 'acme',
  encoding: 'UTF8',
  allowsConnections: true,
  connect: ['acme'],
  foreign: [],
  foreignCount: 0
}

test.each<[string, RoleFact | null, string]>([
  ['none', null, 'missing | acme a role <- missing'],
  ['another password', role, "drifted | password the secret's <- another"],
  [
    'no password',
    { ...role, credential: null },
    'drifted | password kept as SCRAM-SHA-256 <- not set, or kept in another way'
  ],
  [
    'rights and memberships',
    { ...role, superuser: true, createRole: true, login: false, memberOf: ['evil', 'other'], members: ['evil'] },
    "drifted | may log in yes <- no | superuser no <- yes | may create roles no <- yes | roles that it can become none <- evil, other | roles that can become it none <- evil | password the secret's <- another"
  ]
])('role: %s', (_, fact, comparison) => {
  const resource = roleResource(request, password)
  const facts = { database: { role: fact, database } }
  expect(told(resource.compare(facts))).toBe(comparison)
  const changes = resource.changes(facts)
  expect(whats(changes)).toEqual([`postgres: ${fact === null ? 'make' : 'put right'} the role acme`])
  expect(inputs(changes)).toMatch(/ALTER ROLE "acme" LOGIN NOSUPERUSER .* PASSWORD 'SCRAM-SHA-256\$4096:/)
  expect(scripts(changes) + inputs(changes) + JSON.stringify(resource.compare(facts))).not.toContain(password)
})

test.each<[string, DatabaseRequest, DatabaseFact]>([
  ['without the database', request, { role: { ...role, superuser: true }, database: null }],
  [
    'beside a database of somebody else',
    request,
    { role: { ...role, superuser: true }, database: { ...database, owner: 'postgres' } }
  ],
  [
    'that we connect as',
    { ...request, administrator: { ...administrator, account: null, role: 'acme' } },
    { role: { ...role, superuser: true }, database }
  ]
])('a superuser %s is not taken over, and nothing is built on it', (_, asked, fact) => {
  const resource = roleResource(asked, password)
  expect(resource.compare({ database: fact }).verdict).toBe('drifted')
  expect(resource.changes({ database: fact })).toEqual([])
  expect(resource).toMatchObject({ essential: true, remedy: expect.stringContaining('name another role') as string })
})

test.each<[string, Partial<typeof database> | null, string, string[]]>([
  ['as it should be', {}, 'in-sync', []],
  ['none', null, 'missing | acme a database <- missing', ['postgres: make the database acme']],
  [
    'open to all',
    { connect: ['PUBLIC', 'acme'] },
    'drifted | who may connect acme <- PUBLIC, acme',
    ['postgres: give the database acme to acme alone']
  ],
  [
    'half made',
    { allowsConnections: false, owner: 'postgres' },
    'drifted | owner acme <- postgres | allows connections yes <- no',
    ['postgres: give the database acme to acme alone']
  ],
  ['another encoding', { encoding: 'LATIN1' }, 'drifted | encoding UTF8 <- LATIN1', []]
])('database: %s', (_, more, comparison, changes) => {
  const resource = databaseResource(request)
  const facts = { database: { role, database: more === null ? null : { ...database, ...more } } }
  expect(told(resource.compare(facts))).toBe(comparison)
  expect(whats(resource.changes(facts))).toEqual(changes)
})

test('ownership: says which, and hands back all of them', () => {
  const resource = ownershipResource(request)
  const foreign = Array.from({ length: 30 }, (_, at) => ({ kind: 'table', name: `public.t${at}`, owner: 'postgres' }))
  const facts = { database: { role, database: { ...database, foreign, foreignCount: 1500 } } }
  const { verdict, differences } = resource.compare(facts)
  expect(verdict).toBe('drifted')
  expect(differences[0]).toEqual({ attribute: 'owner of table public.t0', expected: 'acme', actual: 'postgres' })
  expect(differences.at(-1)).toEqual({ attribute: 'owner of 1480 more', expected: 'acme', actual: 'other roles' })
  const changes = resource.changes(facts)
  expect(whats(changes)).toEqual(['postgres: hand 1500 objects in acme to acme'])
  expect(inputs(changes).match(/^COMMIT;$/gm)).toHaveLength(2)
  const fine = { database: { role, database } }
  expect(told(resource.compare(fine))).toBe('in-sync')
  expect(resource.changes(fine)).toEqual([])
})

const poolerRequest: PoolerRequest = {
  kind: 'pooler',
  config: '/etc/pgbouncer/pgbouncer.ini',
  databases: '/etc/pgbouncer/tenants.ini',
  users: '/etc/pgbouncer/userlist.txt',
  pidFile: '/run/pgbouncer.pid',
  database: 'acme',
  role: 'acme'
}
const entry = 'host=127.0.0.1 port=5432 dbname=acme pool_mode=transaction'
const pooler: PoolerFact = { running: true, config: null, entry, listed: true, credential }

test.each<[string, Partial<PoolerFact>, string]>([
  ['as it should be', {}, 'in-sync'],
  ['nothing', { entry: null, listed: false, credential: null }, 'missing | acme an entry and a credential <- missing'],
  ['another server', { entry: 'host=evil' }, `drifted | acme ${entry} <- host=evil`],
  ['plain text', { credential: null }, "drifted | credential of acme PostgreSQL's own <- not SCRAM-SHA-256"],
  [
    'the same password with another salt',
    { credential: { ...credential, salt: 'AAAA' } },
    "drifted | credential of acme PostgreSQL's own <- another"
  ]
])('entry: %s', (_, more, comparison) => {
  const resource = poolEntryResource(host, request, poolerRequest)
  expect(told(resource.compare({ database: { role, database }, pooler: { ...pooler, ...more } }))).toBe(comparison)
})

test("entry: the administrator's password goes over standard input", () => {
  const other = { ...request, administrator: { ...administrator, account: null, password: 'hunter2' } }
  const changes = poolEntryResource(host, other, poolerRequest).changes({ database: { role, database }, pooler })
  expect(inputs(changes)).toBe('hunter2\n')
  expect(scripts(changes)).not.toContain('hunter2')
})

test('route', () => {
  const resource = poolRouteResource(host, 'acme', 'acme', 'hunter2')
  const fine = { connected: true, database: 'acme', user: 'acme' }
  expect(told(resource.compare({ route: fine }))).toBe('in-sync')
  expect(told(resource.compare({ route: { ...fine, database: 'other' } }))).toBe(
    'drifted | through 127.0.0.1:6432 acme as acme <- other as acme'
  )
  const refused = { route: { connected: false, error: 'no such database' } }
  expect(told(resource.compare(refused))).toBe('drifted | through 127.0.0.1:6432 acme as acme <- no such database')
  expect(scripts(resource.changes(refused)) + JSON.stringify(resource.compare(refused))).not.toContain('hunter2')
})

test('boot', () => {
  const resource = bootResource('acme')
  const unit = '/etc/systemd/system/tenant@.service'
  expect(told(resource.compare({ link: { exists: true, link: unit } }))).toBe('in-sync')
  expect(resource.compare({ link: absent }).verdict).toBe('missing')
  expect(resource.compare({ link: { exists: true, link: '/etc/other' } }).differences[0]?.actual).toBe('/etc/other')
})

test('logs: those of each site, which are not read', () => {
  const resource = logsResource(host, tenant)
  const paths = ['app.access', 'app.error', 'marketing.access', 'marketing.error'].map(
    (name) => `/var/log/nginx/acme-${name}.log`
  )
  expect(resource.requests).toEqual(
    Object.fromEntries(paths.map((path) => [path, { kind: 'file', path, unread: true }]))
  )
  const all = (...facts: FileFact[]) => Object.fromEntries(paths.map((path, at) => [path, facts[at] ?? facts[0]!]))
  const closed: FileFact = { exists: true, type: 'file', mode: '0640' }
  expect(told(resource.compare(all(closed)))).toBe('in-sync')
  expect(resource.compare(all(absent)).verdict).toBe('missing')
  expect(told(resource.compare(all(closed, absent, { ...closed, mode: '0644' })))).toBe(
    `drifted | ${paths[1]} a log closed to other accounts <- missing | mode of ${paths[2]} no access for others <- 0644`
  )
})
