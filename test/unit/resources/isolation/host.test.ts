import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { FileFact, NginxFact, PoolerFact, ToolsFact } from '../../../../src/facts/facts.ts'
import { hostBootResource } from '../../../../src/resources/host/boot.ts'
import { hostFoldersResource } from '../../../../src/resources/host/folders.ts'
import { groupResource } from '../../../../src/resources/host/group.ts'
import { nginxResource } from '../../../../src/resources/host/nginx.ts'
import { packagesResource } from '../../../../src/resources/host/packages.ts'
import { pgbouncerResource } from '../../../../src/resources/host/pgbouncer.ts'
import { sudoResource } from '../../../../src/resources/host/sudo.ts'
import type { Managed } from '../../../../src/resources/resource.ts'
import { tenantSchema } from '../../../../src/tenant/schema.ts'
import { tenantWith } from '../../tenant/manifest.ts'
import { absent, file, host, tenant } from '../acme.ts'
import { inputs, scripts, told, whats } from './told.ts'

const acme = tenantSchema.parse(tenantWith(['tls'], 'acme'))
const siteOnly = { ...tenant }
delete siteOnly.app

const there: FileFact = { exists: true }
const found = (names: string[]): ToolsFact => Object.fromEntries(names.map((name) => [name, '1']))
const tools = ['rsync', 'flock', 'openssl', 'psql', 'pg_dump', 'pgbouncer', 'pm2']

test('asks for the programs that the tenant needs', () => {
  expect(packagesResource(host, tenant).requests.tools.names).toEqual(tools)
  expect(packagesResource(host, acme).requests.tools.names).toEqual([...tools, 'certbot'])
  expect(packagesResource(host, siteOnly).requests.tools.names).toEqual(['rsync', 'flock', 'openssl'])
})

test.each<[string, ToolsFact, FileFact, string, string[]]>([
  ['all there', found(tools), there, 'in-sync', []],
  [
    'one missing',
    { ...found(tools), rsync: null },
    there,
    'drifted | rsync installed <- missing',
    ['root: install rsync']
  ],
  [
    'a bare host',
    { flock: '1' },
    absent,
    `drifted | ${['nginx', ...tools]
      .filter((name) => name !== 'flock')
      .map((name) => `${name} installed <- missing`)
      .join(' | ')}`,
    ['root: install nginx, rsync, openssl, postgresql, pgbouncer', 'root: install pm2']
  ]
])('packages: %s', (_, facts, nginx, comparison, changes) => {
  const resource = packagesResource(host, tenant)
  expect(told(resource.compare({ tools: facts, nginx }))).toBe(comparison)
  expect(whats(resource.changes({ tools: facts, nginx }))).toEqual(changes)
})

test('nginx that apt did not bring is looked for where the host has it, and no second one is installed', () => {
  const command = '/opt/nginx/sbin/nginx'
  const resource = packagesResource({ ...host, nginx: { ...host.nginx, command } }, tenant)
  expect(resource.requests.nginx.path).toBe(command)
  expect(resource.compare({ tools: found(tools), nginx: there }).verdict).toBe('in-sync')
  const facts = { tools: found(tools), nginx: absent }
  expect(told(resource.compare(facts))).toBe(`drifted | ${command} installed <- missing`)
  expect(resource.changes(facts)).toEqual([])
  expect(resource.remedy).toContain(command)
})

test('an installation waits for another one as long as that may take, and nothing else does', () => {
  const changes = packagesResource(host, tenant).changes({ tools: {}, nginx: absent })
  expect(changes.map(({ deadlineMs }) => deadlineMs)).toEqual([1_200_000, 1_200_000])
  for (const change of changes) {
    expect(scripts([change])).toContain('\nflock -w 600 9 ')
    expect(scripts([change])).not.toContain('/run/tenant-deploy/lock')
  }
  expect(scripts(changes)).toContain(' pm2@7 ')
})

test('takes only the client of PostgreSQL where the server is elsewhere', () => {
  const elsewhere = { ...host, postgres: { ...host.postgres, administrator: { role: 'operator', password: 'P' } } }
  expect(
    whats(packagesResource(elsewhere, tenant).changes({ tools: { ...found(tools), psql: null }, nginx: there }))
  ).toEqual(['root: install postgresql-client'])
})

test('group', () => {
  const resource = groupResource()
  expect(told(resource.compare({ group: { exists: true } }))).toBe('in-sync')
  expect(told(resource.compare({ group: { exists: false } }))).toBe('missing | tenants a group <- missing')
})

const text = (resource: Managed<never>) => inputs((resource as unknown as Managed).changes({}))
const exact = (content: string, mode: string): FileFact => ({
  exists: true,
  owner: 'root',
  mode,
  sha256: createHash('sha256').update(content).digest('hex')
})

test.each([
  ['sudo', sudoResource(host), '0440'],
  ['boot', hostBootResource(host), '0644']
])('%s: holds exactly its text, as root', (_, resource, mode) => {
  const right = exact(text(resource as never), mode)
  expect(told(resource.compare({ file: right }))).toBe('in-sync')
  expect(resource.compare({ file: absent }).verdict).toBe('missing')
  expect(told(resource.compare({ file: { ...right, mode: '0666' } }))).toBe(`drifted | mode ${mode} <- 0666`)
  expect(told(resource.compare({ file: { ...right, owner: 'deploy' } }))).toBe('drifted | owner root <- deploy')
  expect(resource.compare({ file: exact('other', mode) }).differences).toHaveLength(1)
})

test('lets the account that deploys do no more than it needs', () => {
  expect(text(sudoResource(host) as never)).toBe(`Defaults:deploy !requiretty
deploy ALL=(%tenants) NOPASSWD: ALL
deploy ALL=(root) NOPASSWD: /usr/sbin/nginx -t -q -c /etc/nginx/tenant-check.conf, /usr/sbin/nginx -s reload
`)
})

test('the unit finds programs where the host has them', () => {
  const unit = text(hostBootResource({ ...host, root: '/data/tenants', path: ['/opt/node/bin'] }) as never)
  expect(unit).toContain('Environment=PM2_HOME=/data/tenants/%i/pm2\n')
  expect(unit).toContain('Environment=PATH=/opt/node/bin:/usr/local/sbin:')
})

test('folders', () => {
  const resource = hostFoldersResource(host, tenant)
  const right: Record<string, FileFact> = {
    '/srv/tenants': { exists: true, type: 'folder', owner: 'root', mode: '0755' },
    '/etc/nginx/tenants.d': { exists: true, type: 'folder', owner: 'deploy', mode: '0755' },
    '/etc/nginx/tenant-check.conf': { exists: true, type: 'file', owner: 'deploy', mode: '0644' }
  }
  expect(Object.keys(resource.requests)).toEqual(Object.keys(right))
  expect(told(resource.compare(right))).toBe('in-sync')
  expect(resource.changes(right)).toEqual([])
  const wrong = {
    ...right,
    '/srv/tenants': { ...right['/srv/tenants']!, mode: '0777' },
    '/etc/nginx/tenants.d': absent
  }
  expect(told(resource.compare(wrong))).toBe(
    'drifted | mode of /srv/tenants 0755 <- 0777 | /etc/nginx/tenants.d a folder <- missing'
  )
  expect(whats(resource.changes(wrong))).toEqual([
    'root: make the folder /srv/tenants',
    'root: make the folder /etc/nginx/tenants.d'
  ])
  expect(Object.keys(hostFoldersResource(host, acme).requests)).toContain('/etc/tenant-deploy/certificates')
})

const line = 'include /etc/nginx/tenants.d/*.conf;'
const serves: NginxFact = { running: true, master: 1, workers: [{ pid: 2, startedAtMs: 2000 }] }
const stopped: NginxFact = { running: false, master: 0, workers: [] }

test.each<[string, FileFact, NginxFact, string, string[]]>([
  ['as it should be', file(`http {\n${line}\n}`, { mtimeMs: 1000 }), serves, 'in-sync', []],
  [
    'no line',
    file('http {\n}', { mtimeMs: 1000 }),
    serves,
    `drifted | /etc/nginx/nginx.conf ${line} <- no such line`,
    ['root: include /etc/nginx/tenants.d in /etc/nginx/nginx.conf']
  ],
  [
    'not read since',
    file(`http {\n${line}\n}`, { mtimeMs: 3000 }),
    serves,
    'drifted | loaded by nginx the file as it is <- an older one',
    ['root: reload nginx']
  ],
  [
    'nginx does not run',
    file(`http {\n${line}\n}`, { mtimeMs: 1000 }),
    stopped,
    'drifted | nginx running <- not running',
    []
  ],
  ['no http block', file('', { mtimeMs: 1000 }), serves, `drifted | /etc/nginx/nginx.conf ${line} <- no such line`, []],
  ['no file', absent, stopped, 'missing | /etc/nginx/nginx.conf a file <- missing', []]
])('nginx: %s', (_, config, nginx, comparison, changes) => {
  const resource = nginxResource(host)
  expect(told(resource.compare({ config, nginx, due: absent }))).toBe(comparison)
  expect(whats(resource.changes({ config, nginx, due: absent }))).toEqual(
    comparison === 'in-sync' ? [expect.any(String)] : changes
  )
})

test('nginx: a run was cut off before the reload', () => {
  const resource = nginxResource(host)
  const facts = { config: file(`http {\n${line}\n}`, { mtimeMs: 1000 }), nginx: serves, due: there }
  expect(told(resource.compare(facts))).toBe('drifted | loaded by nginx all files as they are <- older ones')
  expect(whats(resource.changes(facts))).toEqual(['root: reload nginx'])
})

const settings = { auth_file: '/etc/pgbouncer/userlist.txt', auth_type: 'md5' }
const pooler: PoolerFact = {
  running: true,
  config: { includes: true, settings },
  entry: null,
  listed: false,
  credential: null
}
const files = {
  config: { exists: true, mode: '0640' },
  databases: { exists: true, mode: '0640' },
  users: { exists: true, mode: '0640' },
  due: { exists: false }
}

test.each<[string, Partial<PoolerFact>, Partial<typeof files>, string, string[]]>([
  ['as it should be', {}, {}, 'in-sync', []],
  [
    'as the package brings it',
    { config: { includes: false, settings } },
    { databases: { exists: false, mode: '' } },
    'drifted | /etc/pgbouncer/tenants.ini a file <- missing | /etc/pgbouncer/pgbouncer.ini %include /etc/pgbouncer/tenants.ini <- no such line',
    [
      'root: make /etc/pgbouncer/tenants.ini',
      'root: include /etc/pgbouncer/tenants.ini in /etc/pgbouncer/pgbouncer.ini'
    ]
  ],
  [
    'everybody is let in',
    { config: { includes: true, settings: { ...settings, auth_type: 'trust' } } },
    {},
    'drifted | auth_type scram-sha-256 <- trust',
    ['root: set auth_type in /etc/pgbouncer/pgbouncer.ini']
  ],
  [
    'credentials that all can read',
    {},
    { users: { exists: true, mode: '0644' } },
    'drifted | mode of /etc/pgbouncer/userlist.txt no access for others <- 0644',
    ['root: close /etc/pgbouncer/userlist.txt to others']
  ],
  [
    "somebody else's users",
    { config: { includes: true, settings: { ...settings, auth_file: '/etc/other' } } },
    {},
    'drifted | auth_file /etc/pgbouncer/userlist.txt <- /etc/other',
    []
  ],
  [
    'credentials that all can read, and nobody knows who has to',
    { running: false },
    { users: { exists: true, mode: '0644' } },
    'drifted | mode of /etc/pgbouncer/userlist.txt no access for others <- 0644 | PgBouncer running <- not running',
    []
  ],
  [
    'cut off before it was told',
    {},
    { due: there },
    'drifted | loaded by PgBouncer all files as they are <- older ones',
    ['root: have PgBouncer read its files again']
  ],
  ['not running', { running: false }, { due: there }, 'drifted | PgBouncer running <- not running', []],
  ['not there', { config: null }, {}, 'missing | /etc/pgbouncer/pgbouncer.ini a file <- missing', []]
])('pgbouncer: %s', (_, more, other, comparison, changes) => {
  const resource = pgbouncerResource(host, {} as never)
  const facts = { pooler: { ...pooler, ...more }, ...files, ...other }
  expect(told(resource.compare(facts))).toBe(comparison)
  expect(whats(resource.changes(facts))).toEqual(changes)
})

test('every change to what is shared waits for its turn', () => {
  const changes = [
    ...groupResource().changes({ group: { exists: false } }),
    ...sudoResource(host).changes({ file: absent })
  ]
  for (const change of changes) expect(scripts([change])).toContain('\nflock -w 60 9 ')
})
