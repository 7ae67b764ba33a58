import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { backupDatabase } from '../../src/backup/backup.ts'
import { listBackups } from '../../src/backup/backups.ts'
import { restoreDatabase } from '../../src/backup/restore.ts'
import { runMigrations } from '../../src/deploy/migrate.ts'
import type { Shipment } from '../../src/deploy/shipment.ts'
import { TenantError } from '../../src/errors.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { databaseAddress } from '../../src/resources/desired-state.ts'
import { migration } from '../../src/resources/migrations.ts'
import { onHost } from '../world/on-host.ts'
import { connectTo, shipmentFor } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const { sql } = onHost(world, 'otherbrand')
const other = onHost(world, 'yourbrand')
const folder = '/srv/tenants/otherbrand/backups'
let remote: Connection
let shipment: Shipment
let here: string
let told: string[]

const schema = migration(
  '0001_guests.sql',
  `create table guests (id int generated always as identity primary key, name text not null unique);
create table stays (guest int not null references guests, nights int check (nights > 0));
create view long_stays as select * from stays where nights > 7;
create type season as enum ('high', 'low');
create function guests_of(season) returns bigint language sql as 'select count(*) from public.guests';
create index on stays (nights);`
)

/** As the administrator, in whichever database; an error is an answer. */
async function ask(database: string, query: string) {
  const connection = ['-h', '/run/postgresql', '-p', String(world.host.postgres.port), '-d', database]
  return world.exec(['psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', query, ...connection], { as: 'postgres' })
}
/** As the tenant's role, through PgBouncer as its app, or on the direct port; answers with what was printed. */
async function asRole(query: string, port = world.host.pgbouncer.port): Promise<string> {
  const env = `PGPASSWORD=${databaseAddress(shipment).password}`
  const url = `postgresql://otherbrand@127.0.0.1:${port}/otherbrand`
  const ran = await world.exec(['env', env, 'psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', query, url])
  if (ran.code !== 0) throw new Error(`${query}: ${ran.stderr}`)
  return ran.stdout.trim()
}
const host = async (script: string, as?: string) => {
  const ran = await world.exec(['sh', '-ec', script], as === undefined ? {} : { as })
  if (ran.code !== 0) throw new Error(`${script}: ${ran.stderr}`)
  return ran.stdout
}
const databases = async () =>
  (await ask('postgres', "select datname from pg_database where datname like 'otherbrand%' order by 1")).stdout
    .trim()
    .split('\n')
const names = async () => asRole('select name from guests order by id')

async function made(output: string | null = null, of = shipment) {
  const { report, error } = await backupDatabase(of, { output })
  if (error !== null) throw error
  return report
}
async function putBack(backup: string, of = shipment) {
  const { report, error } = await restoreDatabase(of, backup)
  if (error !== null) throw error
  return report
}
/** A restore that fails has to leave what is live as it is, and nothing besides. */
async function refused(backup: string, of = shipment): Promise<TenantError> {
  const before = [await names(), await databases(), await oid()]
  const { report, error } = await restoreDatabase(of, backup)
  if (error === null) throw new Error(`it did not fail: ${JSON.stringify(report)}`)
  expect(report.failure).toMatchObject({ kind: error.kind, message: error.message })
  expect([await names(), await databases(), await oid()]).toEqual(before)
  expect(await host(`ls -A ${folder} | grep -e restore -e partial || :`)).toBe('')
  expect(error).toMatchObject({ remedy: expect.stringMatching(/./) as string, needsPerson: false })
  return error
}
const oid = async () =>
  (await ask('postgres', "select oid from pg_database where datname = 'otherbrand'")).stdout.trim()

async function clean() {
  await sql(`drop extension if exists dblink, citext, pg_trgm cascade; drop schema public cascade;
create schema public authorization otherbrand`)
  for (const left of ['otherbrand_restore', 'otherbrand_replaced'])
    await ask('postgres', `drop database if exists ${left} with (force)`)
  await host(`rm -rf ${folder}`)
}

beforeAll(async () => {
  remote = await connectTo(world)
  shipment = shipmentFor(world, 'otherbrand', remote)
  shipment.tell = (progress) => progress.kind === 'message' && told.push(progress.text)
  here = mkdtempSync(join(tmpdir(), 'backup-'))
})

beforeEach(async () => {
  told = []
  await clean()
  const limits = { limitMs: 60_000, signal: shipment.signal }
  await runMigrations(remote, databaseAddress(shipment), [schema], limits, () => undefined)
  await asRole("insert into guests (name) values ('Ada'), ('Grace'); insert into stays values (1, 9), (2, 3)")
})

afterEach(() => {
  for (const name of readdirSync(here)) rmSync(join(here, name), { recursive: true })
})

afterAll(async () => {
  await clean()
  rmSync(here, { recursive: true })
  await remote[Symbol.asyncDispose]()
})

test('there and back: data, ownership, migrations, and nobody else is let in or touched', async () => {
  await other.sql("create table if not exists ours (name text); insert into ours values ('untouched')")
  const { made: backup, path, removed, steps } = await made()
  expect(backup).toMatchObject({
    id: expect.stringMatching(/^\d{8}T\d{6}Z-otherbrand$/) as string,
    by: 'contract test',
    server: expect.stringMatching(/^\d+\.\d+$/) as string
  })
  expect(path).toBe(`${folder}/${backup!.id}.dump`)
  expect(removed).toEqual([])
  expect(steps.map(({ name }) => name)).toEqual(['check', 'dump', 'prune'])
  expect(await host(`sha256sum <${path}`)).toContain(backup!.sha256)
  expect(await listBackups(shipment)).toEqual([backup])

  await asRole("delete from stays; delete from guests; insert into guests (name) values ('Mallory')")
  const report = await putBack(backup!.id)
  expect(report).toMatchObject({
    backup: backup!.id,
    database: 'otherbrand',
    tables: 3,
    migrations: 1,
    replaced: 'otherbrand_replaced',
    warnings: [],
    failure: null
  })
  expect(report.steps.map(({ name }) => name)).toEqual([
    ...['choose', 'check', 'create', 'restore', 'verify', 'swap', 'reach']
  ])
  expect(await names()).toBe('Ada\nGrace')
  expect(await asRole('select nights from long_stays')).toBe('9')
  // The sequence goes on where it was.
  expect(await asRole("insert into guests (name) values ('Barbara') returning id")).toBe('3')
  expect(await sql('select name, sha256 from tenant_migrations')).toEqual([`${schema.name}|${schema.sha256}`])
  const owners = `select distinct pg_get_userbyid(relowner) from pg_class where relnamespace = 'public'::regnamespace`
  expect(await sql(owners)).toEqual(['otherbrand'])
  expect(await sql("select pg_get_userbyid(datdba), datacl from pg_database where datname like 'otherbrand%'")).toEqual(
    ['otherbrand|{otherbrand=CTc/otherbrand}', 'otherbrand|{otherbrand=CTc/otherbrand}']
  )
  expect((await ask('otherbrand_replaced', 'select name from guests')).stdout.trim()).toBe('Mallory')
  expect(await other.sql('select name from ours')).toEqual(['untouched'])
  await other.sql('drop table ours')

  // What the first restore replaced makes room for what the second one does.
  await putBack(backup!.id)
  expect(await databases()).toEqual(['otherbrand', 'otherbrand_replaced'])
  expect((await ask('otherbrand_replaced', 'select name from guests order by id')).stdout).toContain('Barbara')
})

test('of the same second: one each, and the newest first', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  try {
    const ids = [(await made()).made!.id, (await made()).made!.id]
    expect((await listBackups(shipment)).map(({ id }) => id)).toEqual(ids.toSorted().reverse())
    expect(new Set(ids).size).toBe(2)
  } finally {
    vi.useRealTimers()
  }
})

test('the app goes on through a restore, and its new connections find what was restored', async () => {
  const { made: backup } = await made()
  await asRole("insert into guests (name) values ('Mallory')")
  let asking = true
  const loops = [world.host.pgbouncer.port, world.host.postgres.port, world.host.postgres.port].map(async (port) => {
    while (asking) await asRole('select pg_sleep(0.2)', port).catch(() => 'its connection was ended')
  })
  await putBack(backup!.id)
  asking = false
  await Promise.all(loops)
  expect(await names()).toBe('Ada\nGrace')
})

test('kept by count and by age, the newest whatever its age', async () => {
  const first = (await made()).made!
  const aged = async (days: number) => {
    const at = new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+Z/, 'Z')
    const id = `${at.replaceAll(/[-:]/g, '')}-otherbrand`
    const sidecar = JSON.stringify({ ...first, id, at, database: 'otherbrand' })
    await host(`cd ${folder}; cp -p ${first.id}.dump ${id}.dump; echo '${sidecar}' >${id}.json`, 'tenant-otherbrand')
    return id
  }
  const old = { month: await aged(40), week: await aged(7), day: await aged(1) }
  const keep = (count: number, days: number) => ({
    ...shipment,
    tenant: { ...shipment.tenant, backups: { count, days } }
  })
  expect((await made(null, keep(14, 30))).removed).toEqual([old.month])
  expect((await made(null, keep(4, 30))).removed).toEqual([old.week])
  expect((await made(null, keep(1, 30))).removed).toHaveLength(4)
  const [only, ...more] = await listBackups(shipment)
  expect(more).toEqual([])
  expect(await host(`ls -A ${folder}`)).toBe(`${only!.id}.dump\n${only!.id}.json\n`)
})

test('what runs that were cut off left behind is removed after a day, and what is not ours stays', async () => {
  const kept = [
    'notes.txt',
    'by-hand.dump',
    '20260102T030405Z-otherbrand.dump.partial',
    '20260102T030406Z-otherbrand.dump'
  ]
  const gone = [
    '20260102T030407Z-otherbrand.dump.partial',
    '20260102T030408Z-otherbrand.dump',
    '20260102T030409Z-otherbrand.json',
    '.restore-0123456789abcdef.dump'
  ]
  await host(
    `mkdir -m 700 ${folder}; cd ${folder}; touch ${kept.join(' ')} ${gone.join(' ')}
touch -d '2 days ago' notes.txt by-hand.dump ${gone.join(' ')}`,
    'tenant-otherbrand'
  )
  const { made: backup } = await made()
  const left = (await host(`ls -A ${folder}`)).trim().split('\n')
  expect(left.toSorted()).toEqual([...kept, `${backup!.id}.dump`, `${backup!.id}.json`].toSorted())
})

test('one tenant can neither list nor read the backups of the other', async () => {
  const { path } = await made()
  for (const argv of [
    ['ls', folder],
    ['cat', path!],
    ['cat', path!.replace(/dump$/, 'json')]
  ]) {
    const ran = await world.exec(argv, { as: 'tenant-yourbrand' })
    expect(ran.code).not.toBe(0)
    expect(ran.stderr).toContain('Permission denied')
  }
  expect(await host(`stat -c '%a %U' ${folder} ${folder}/*`)).toBe(
    ['700', '600', '600'].map((mode) => `${mode} tenant-otherbrand\n`).join('')
  )
})

test('a copy on this machine, which sha256sum agrees with, and a restore from it', async () => {
  const file = join(here, 'my copy.dump')
  const { copy, made: backup } = await made(file)
  expect(copy).toBe(file)
  expect(readdirSync(here).toSorted()).toEqual(['my copy.dump', 'my copy.dump.sha256'])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(execFileSync('sha256sum', ['-c', 'my copy.dump.sha256'], { cwd: here, encoding: 'utf8' })).toContain('OK')

  const again = await backupDatabase(shipment, { output: file })
  expect(again.error).toMatchObject({ kind: 'backup', message: `${file} is there already, and is not overwritten` })
  expect(await listBackups(shipment)).toEqual([backup])
  const nowhere = await backupDatabase(shipment, { output: join(here, 'no/such.dump') })
  expect(nowhere.error).toMatchObject({ kind: 'backup', message: expect.stringContaining('ENOENT') as string })

  await host(`rm -r ${folder}`)
  await asRole('truncate stays; delete from guests')
  const report = await putBack(file)
  expect(report).toMatchObject({ backup: file, warnings: [], tables: 3 })
  expect(report.steps.map(({ name }) => name)).toContain('upload')
  expect(await names()).toBe('Ada\nGrace')
  expect(await host(`ls -A ${folder}`)).toBe('')

  // Without a checksum it is restored all the same, and said.
  rmSync(`${file}.sha256`)
  expect((await putBack(file)).warnings).toEqual([expect.stringContaining('no checksum')])
})

test('a file that is not what its checksum says, half of one, garbage, none', async () => {
  const file = join(here, 'copy.dump')
  await made(file)
  const sha256 = readFileSync(`${file}.sha256`, 'utf8')
  writeFileSync(
    `${file}.sha256`,
    sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))
  )
  expect(await refused(file)).toMatchObject({
    kind: 'restore',
    message: expect.stringContaining('the dump was damaged: its checksum is') as string,
    where: `${file} on this machine`
  })
  writeFileSync(`${file}.sha256`, 'nothing\n')
  expect(await refused(file)).toMatchObject({ message: 'copy.dump.sha256 holds no checksum of copy.dump' })

  const half = join(here, 'half.dump')
  const whole = readFileSync(file)
  writeFileSync(half, whole.subarray(0, whole.length - 200))
  expect(await refused(half)).toMatchObject({
    kind: 'restore',
    message: expect.stringMatching(/could not be restored|can't read the dump/) as string,
    log: expect.stringMatching(/pg_restore: error/) as string
  })
  const garbage = join(here, 'garbage.dump')
  writeFileSync(garbage, 'not a dump at all\n'.repeat(1000))
  expect(await refused(garbage)).toMatchObject({
    message: "pg_restore can't read the dump",
    where: `${garbage} on this machine`,
    log: expect.stringContaining('valid archive') as string
  })
  writeFileSync(garbage, '')
  expect(await refused(garbage)).toMatchObject({ message: "pg_restore can't read the dump" })
  expect(await refused(join(here, 'none.dump'))).toMatchObject({
    message: expect.stringContaining('ENOENT') as string
  })
  expect(await refused(`${here}/`)).toMatchObject({ message: expect.stringContaining('EISDIR') as string })
})

test('a backup that was damaged on the host: the listing leaves out what it can tell, a restore finds the rest', async () => {
  const [one, two, three] = [(await made()).made!, (await made()).made!, (await made()).made!]
  await host(`cd ${folder}; printf X | dd of=${one.id}.dump bs=1 seek=${one.bytes - 9} conv=notrunc 2>&1
rm ${two.id}.dump; echo '{' >${three.id}.json`)
  told = []
  expect(await listBackups(shipment)).toEqual([one])
  expect(told).toEqual([
    `left out the backup ${three.id}, which can't be restored: ${three.id}.json does not say what a backup is`,
    `left out the backup ${two.id}, which can't be restored: its dump is missing`
  ])
  expect(await refused(one.id)).toMatchObject({
    message: expect.stringContaining(`instead of ${one.sha256}`) as string,
    remedy: expect.stringContaining('tenant backups otherbrand') as string
  })
  expect(await refused(two.id)).toMatchObject({ message: `the backup ${two.id} was damaged: its dump is missing` })
})

test('a name that no backup has: the nearest one and the newest are named', async () => {
  expect(await refused('latest')).toMatchObject({
    message: 'there is no backup "latest"',
    remedy: expect.stringContaining('`tenant backup otherbrand` makes one') as string
  })
  const { made: backup } = await made()
  const typo = backup!.id.replace('otherbrand', 'otherbrnad')
  expect(await refused(typo)).toMatchObject({
    remedy: expect.stringContaining(`did you mean ${backup!.id}? the newest are ${backup!.id}`) as string
  })
  expect(await refused('*')).toMatchObject({ message: 'there is no backup "*"' })
})

test('a restore that fails in the middle leaves the live database alone, and no other', async () => {
  // The data of `a_guard` comes before that of `z_list`, which its check looks at.
  await asRole(`create table z_list (name text); insert into z_list values ('Ada');
create function listed(text) returns boolean language sql as 'select $1 in (select name from public.z_list)';
create table a_guard (name text check (listed(name))); insert into a_guard values ('Ada')`)
  const { made: backup } = await made()
  expect(await refused(backup!.id)).toMatchObject({
    kind: 'restore',
    message: 'the dump could not be restored into otherbrand_restore',
    log: expect.stringContaining('violates check constraint') as string,
    remedy: expect.stringContaining('otherbrand is as it was') as string
  })
})

test('extensions: those that only the administrator can make are taken over from the live database', async () => {
  await sql('create extension dblink; create extension citext')
  await asRole('create extension pg_trgm')
  const { made: backup } = await made()
  await asRole('delete from stays')
  await putBack(backup!.id)
  expect(await asRole('select count(*) from stays')).toBe('2')
  expect(await sql('select extname, pg_get_userbyid(extowner) from pg_extension order by 1')).toEqual([
    ...['citext|postgres', 'dblink|postgres', 'pg_trgm|otherbrand', 'plpgsql|postgres']
  ])
  await sql('drop extension dblink')
  expect(await refused(backup!.id)).toMatchObject({
    log: expect.stringContaining('permission denied to create extension "dblink"') as string,
    remedy: expect.stringContaining('create the extension in the live database') as string
  })
})

test('an extension in a schema of its own, with what else is there', async () => {
  await sql(`create schema ext authorization otherbrand; create schema "by hand" authorization otherbrand;
create extension dblink schema ext; create extension cube schema "by hand"`)
  await asRole(`create table "by hand".boxes (box "by hand".cube); insert into "by hand".boxes values ('(1,2)');
create table ext.own (id int)`)
  try {
    const { made: backup } = await made()
    await asRole('delete from "by hand".boxes')
    await putBack(backup!.id)
    expect(await asRole('select box from "by hand".boxes')).toBe('(1, 2)')
    const inSchemas = `select nspname, pg_get_userbyid(nspowner), extname, pg_get_userbyid(extowner) from pg_extension
      join pg_namespace on pg_namespace.oid = extnamespace where extname <> 'plpgsql' order by 1`
    expect(await sql(inSchemas)).toEqual(['by hand|otherbrand|cube|postgres', 'ext|otherbrand|dblink|postgres'])
    expect(await sql('select count(*) from ext.own')).toEqual(['0'])
  } finally {
    await sql('drop schema ext, "by hand" cascade')
  }
})

test('killed before the fresh database was handed over: the next one cleans up', async () => {
  const { made: backup } = await made()
  await ask('postgres', 'create database otherbrand_restore')
  expect(await refused(backup!.id)).toMatchObject({
    message: 'the database otherbrand_restore belongs to postgres, and a restore would remove it'
  })
  await ask('postgres', 'alter database otherbrand_restore connection limit 0')
  await putBack(backup!.id)
  expect(await databases()).toEqual(['otherbrand', 'otherbrand_replaced'])
  expect(await sql("select datconnlimit from pg_database where datname = 'otherbrand'")).toEqual(['-1'])
})

test('killed in the middle: the next one cleans up', async () => {
  const { made: backup } = await made()
  await ask('postgres', 'create database otherbrand_restore owner otherbrand')
  await ask('otherbrand_restore', 'create table half_done (id int)')
  const holding = ask('otherbrand_restore', 'select pg_sleep(600)')
  await asRole('delete from stays')
  await putBack(backup!.id)
  expect((await holding).code).not.toBe(0)
  expect(await asRole('select count(*) from stays')).toBe('2')
  expect(await sql("select to_regclass('half_done') is null")).toEqual(['t'])
  expect(await databases()).toEqual(['otherbrand', 'otherbrand_replaced'])
})

test('interrupted while it restores, and while it dumps', async () => {
  // Each waits: the restore for what fills the view, the dump for a lock.
  await asRole('create table pause (seconds int); insert into pause values (0)')
  await asRole(
    'create materialized view late as select pg_sleep(seconds)::text from pause; update pause set seconds = 600'
  )
  const { made: backup } = await made()
  const stopped = async (step: string, run: (of: Shipment) => Promise<{ error: TenantError | null }>) => {
    const abort = new AbortController()
    await using cut = await connectTo(world, { signal: abort.signal })
    const reason = new TenantError('interrupted', 'stopped')
    const tell: Shipment['tell'] = (progress) => {
      if (progress.kind === 'step-start' && progress.name === step) setTimeout(() => abort.abort(reason), 2000)
    }
    expect((await run({ ...shipment, remote: cut, signal: abort.signal, tell })).error).toBe(reason)
  }
  const before = await oid()
  await stopped('restore', (of) => restoreDatabase(of, backup!.id))
  expect(await databases()).toEqual(['otherbrand'])
  expect(await oid()).toBe(before)

  const holding = asRole('begin; lock table pause; select pg_sleep(600)').catch(() => 'ended')
  await vi.waitUntil(
    async () => (await sql("select 1 from pg_locks where mode = 'AccessExclusiveLock'")).length > 0,
    20_000
  )
  await stopped('dump', (of) => backupDatabase(of, { output: null }))
  await sql(
    "select pg_terminate_backend(pid) from pg_stat_activity where query like '%lock table pause%' and pid <> pg_backend_pid()"
  )
  expect(await holding).toBe('ended')
  await vi.waitUntil(async () => (await host(`ls -A ${folder}`)).split('\n').length === 3, { timeout: 30_000 })
  expect(await listBackups(shipment)).toEqual([backup])
})

test('interrupted once it was swapped in: a person is needed, as visitors see what was restored', async () => {
  const { made: backup } = await made()
  const abort = new AbortController()
  const tell: Shipment['tell'] = (progress) => {
    if (progress.kind === 'step-start' && progress.name === 'swap')
      abort.abort(new TenantError('interrupted', 'stopped'))
  }
  const { report, error } = await restoreDatabase({ ...shipment, signal: abort.signal, tell }, backup!.id)
  expect(error).toMatchObject({ kind: 'interrupted', needsPerson: true })
  expect(report).toMatchObject({ replaced: 'otherbrand_replaced', failure: { step: 'reach' } })
  expect(await databases()).toEqual(['otherbrand', 'otherbrand_replaced'])
})

test('by an administrator with a password, a dump of another database, and settings that no dump holds', async () => {
  await ask('postgres', "create role operator superuser login password 'of the operator'")
  const { secrets, tenant } = shipment
  const administrator = { role: 'operator', password: 'OPERATOR_PASSWORD' }
  const of = {
    ...shipment,
    host: { ...shipment.host, postgres: { ...shipment.host.postgres, administrator } },
    secrets: { ...secrets, OPERATOR_PASSWORD: 'of the operator' }
  }
  try {
    await ask('postgres', 'create database elsewhere owner otherbrand template template0')
    await ask('elsewhere', 'create table brought (id int); alter table brought owner to otherbrand')
    const file = join(here, 'elsewhere.dump')
    await made(file, { ...shipment, tenant: { ...tenant, database: { ...tenant.database!, name: 'elsewhere' } } })
    await ask('postgres', "alter database otherbrand set timezone = 'Europe/Berlin'")
    expect((await putBack(file, of)).warnings).toEqual([
      'the dump is one of the database elsewhere, and becomes otherbrand',
      expect.stringMatching(/stay with otherbrand_replaced: TimeZone;/)
    ])
    expect(await asRole('select count(*) from brought')).toBe('0')
    expect((await restoreDatabase({ ...of, secrets }, file)).error).toMatchObject({
      kind: 'secret',
      message: 'the secret OPERATOR_PASSWORD is not set'
    })
  } finally {
    await ask('postgres', 'drop database elsewhere')
    await ask('postgres', 'drop role operator')
  }
})

test('databases of others that have the names are not touched', async () => {
  const { made: backup } = await made()
  await ask('postgres', 'create database otherbrand_replaced owner yourbrand')
  expect(await refused(backup!.id)).toMatchObject({
    message: 'the database otherbrand_replaced belongs to yourbrand, and a restore would remove it'
  })
})

test('what can not be dumped: a table of somebody else, a wrong password, no database, no secret', async () => {
  const failure = async (of: Partial<Shipment>) => {
    const { report, error } = await backupDatabase({ ...shipment, ...of }, { output: null })
    expect(report).toMatchObject({ made: null, path: null })
    expect(await host(`ls -A ${folder} 2>&1 || :`)).not.toContain('otherbrand.')
    return error
  }
  await sql('create table foreign_table (id int)')
  expect(await failure({})).toMatchObject({
    kind: 'backup',
    log: expect.stringContaining('permission denied for table foreign_table') as string,
    remedy: expect.stringContaining('tenant provision otherbrand') as string
  })
  await sql('drop table foreign_table')
  const { tenant } = shipment
  const { password } = tenant.database!
  const wrong = await failure({ secrets: { [password]: 'hunter22' } })
  expect(wrong).toMatchObject({ log: expect.stringContaining('password authentication failed') as string })
  expect(await failure({ secrets: {} })).toMatchObject({ kind: 'secret' })
  expect(await failure({ tenant: { ...tenant, database: undefined } })).toMatchObject({
    kind: 'usage',
    message: 'the tenant otherbrand has no database'
  })
  const elsewhere = { ...shipment, tenant: { ...tenant, database: { ...tenant.database!, name: 'nowhere' } } }
  expect((await restoreDatabase(elsewhere, '20260102T030405Z-otherbrand')).error).toMatchObject({
    kind: 'restore',
    message: 'there is no database nowhere',
    remedy: 'tenant provision otherbrand'
  })
})

test('a full disk: one clear error, and nothing is left of it', async () => {
  const { made: backup } = await made()
  const file = join(here, 'copy.dump')
  copyFileSync(await download(backup!.id), file)
  // More than fits, and nothing that compresses.
  await asRole('insert into guests (name) select md5(random()::text) from generate_series(1, 5000)')
  await host(`mount -t tmpfs -o size=16k,mode=0700,uid=$(id -u tenant-otherbrand) tmpfs ${folder}`)
  try {
    const { error, report } = await backupDatabase(shipment, { output: null })
    expect(error).toMatchObject({
      kind: 'backup',
      message: 'the database otherbrand could not be dumped',
      log: expect.stringMatching(/no space left on device/i) as string,
      remedy: expect.stringContaining('free some disk space') as string
    })
    expect(report.made).toBe(null)
    expect(await host(`ls -A ${folder}`)).toBe('')
    writeFileSync(file, Buffer.alloc(1024 * 1024, 'x'))
    expect(await refused(file)).toMatchObject({ message: 'the dump could not be uploaded' })
  } finally {
    await host(`umount ${folder}`)
  }
  expect(existsSync(file)).toBe(true)
  expect(await listBackups(shipment)).toEqual([backup])
})

async function download(id: string): Promise<string> {
  const path = join(here, `${id}.bin`)
  const encoded = await host(`base64 ${folder}/${id}.dump`)
  writeFileSync(path, Buffer.from(encoded, 'base64'))
  return path
}
