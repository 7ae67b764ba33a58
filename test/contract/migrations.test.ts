import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { runMigrations } from '../../src/deploy/migrate.ts'
import type { Shipment } from '../../src/deploy/shipment.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { databaseAddress } from '../../src/resources/desired-state.ts'
import { inspect } from '../../src/resources/inspect.ts'
import { migration, migrationsResource, sortMigrations, type Migration } from '../../src/resources/migrations.ts'
import { onHost } from '../world/on-host.ts'
import { connectTo, shipmentFor } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const { sql } = onHost(world, 'otherbrand')
let remote: Connection
let shipment: Shipment

const guests = migration('0001_guests.sql', 'create table guests (id int primary key, name text);')
const rooms = migration(
  '0002_rooms.sql',
  `insert into guests values (1, 'it''s; -- me');\nalter table guests add room int;`
)

beforeAll(async () => {
  remote = await connectTo(world)
  shipment = shipmentFor(world, 'otherbrand', remote)
})

const limits = () => ({ limitMs: 60_000, signal: shipment.signal })
const clean = () => sql('drop table if exists guests, ledger, tenant_migrations')
beforeEach(clean)

afterAll(async () => {
  await clean()
  await remote[Symbol.asyncDispose]()
})

async function finding(...migrations: Migration[]) {
  const resource = migrationsResource(databaseAddress(shipment), migrations)
  return (await inspect(remote, shipment.layout.account, [resource])).finding(resource)
}

/** As a lane does it: what is pending, in its order. */
async function converge(...migrations: Migration[]): Promise<string[]> {
  const done: string[] = []
  const resource = migrationsResource(databaseAddress(shipment), migrations)
  const { applied } = (await inspect(remote, shipment.layout.account, [resource])).facts(resource).applied
  const { pending } = sortMigrations(migrations, applied)
  await runMigrations(remote, databaseAddress(shipment), pending, limits(), (name) => done.push(name))
  return done
}

const pending = (name: string) => ({ attribute: name, expected: 'applied', actual: 'pending' })
const drifted = (...differences: unknown[]) => ({ address: 'app.migrations', verdict: 'drifted', differences })
const inSync = { address: 'app.migrations', verdict: 'in-sync', differences: [] }

test('absent, applied in order as the role of the tenant, in sync, and once', async () => {
  expect(await finding(guests, rooms)).toEqual(drifted(pending(guests.name), pending(rooms.name)))
  expect(await converge(guests, rooms)).toEqual([guests.name, rooms.name])
  expect(await finding(guests, rooms)).toEqual(inSync)
  expect(await sql('select name, sha256 from tenant_migrations order by applied_at')).toEqual([
    `${guests.name}|${guests.sha256}`,
    `${rooms.name}|${rooms.sha256}`
  ])
  expect(await sql("select tableowner from pg_tables where tablename = 'guests'")).toEqual(['otherbrand'])
  expect(await sql('select * from guests')).toEqual(["1|it's; -- me|"])
  expect(await converge(guests, rooms)).toEqual([])
  expect(await sql('select count(*) from guests')).toEqual(['1'])
})

test('tampered with: forgotten, edited and unknown ones, each named', async () => {
  await converge(guests, rooms)
  await sql(`delete from tenant_migrations where name = '${rooms.name}'`)
  await sql(`insert into tenant_migrations (name, sha256) values ('0009_by_hand.sql', 'x')`)
  const edited = migration(guests.name, `${guests.sql} -- edited`)
  expect(await finding(edited, rooms)).toEqual(
    drifted(
      pending(rooms.name),
      { attribute: guests.name, expected: 'as it was when applied', actual: 'edited since' },
      { attribute: '0009_by_hand.sql', expected: 'a file in the source', actual: 'applied, but not in the source' }
    )
  )
  await sql(`delete from guests; alter table guests drop room; delete from tenant_migrations where name like '%hand%'`)
  expect(await converge(guests, rooms)).toEqual([rooms.name])
  expect(await finding(guests, rooms)).toEqual(inSync)
})

test('one that fails: its line, nothing of it stays, those before it do, those after it wait', async () => {
  const failing = migration(
    '0002_broken.sql',
    `-- ${'🏖️'.repeat(30)}\ninsert into guests values (2, 'rolled back');\n\nupdate no_such_table\n  set a = 1;\n`
  )
  const failure = await failureOf(converge(guests, failing, migration('0003_never.sql', 'drop table guests')))
  expect(failure).toMatchObject({
    kind: 'migration',
    message: '0002_broken.sql failed at line 4: relation "no_such_table" does not exist',
    where: `otherbrand on 127.0.0.1:${world.host.postgres.port}`,
    remedy: expect.stringContaining('rolled back') as string,
    log: expect.stringContaining('line 4: update no_such_table') as string
  })
  expect(await sql('select count(*) from guests')).toEqual(['0'])
  expect(await sql('select name from tenant_migrations')).toEqual([guests.name])
  expect(await converge(guests, rooms)).toEqual([rooms.name])
})

test('one that fails over its data says which', async () => {
  const failing = migration(
    '0002_twice.sql',
    `insert into guests values (7, 'a');\ninsert into guests values (7, 'b');`
  )
  expect(await failureOf(converge(guests, failing))).toMatchObject({
    kind: 'migration',
    message: expect.stringContaining('0002_twice.sql failed: duplicate key value') as string,
    log: expect.stringContaining('Key (id)=(7) already exists.') as string
  })
  expect(await sql('select count(*) from guests')).toEqual(['0'])
})

test('one that is only found wrong at its commit is rolled back as well', async () => {
  const failing = migration(
    '0001_ledger.sql',
    `create table ledger (id int primary key, of int references ledger deferrable initially deferred);\ninsert into ledger values (1, 2);`
  )
  expect(await failureOf(converge(failing))).toMatchObject({
    kind: 'migration',
    log: expect.stringContaining('Key (of)=(2)') as string
  })
  expect(await sql("select to_regclass('ledger') is null, (select count(*) from tenant_migrations)")).toEqual(['t|0'])
})

test('one that waits for a lock gives up before visitors notice', async () => {
  await converge(guests)
  const holding = sql('begin; lock table guests; select pg_sleep(600)').catch(() => 'ended')
  const holder = `select pid from pg_stat_activity where query like '%lock table guests%' and pid <> pg_backend_pid()`
  await vi.waitUntil(async () => (await sql(holder)).length === 1, { timeout: 20_000 })
  const failure = await failureOf(converge(guests, rooms)).finally(async () => {
    await sql(`select pg_terminate_backend(pid) from (${holder}) as held`)
    expect(await holding).toBe('ended')
  })
  expect(failure).toMatchObject({
    kind: 'migration',
    message: '0002_rooms.sql failed at line 1: canceling statement due to lock timeout',
    remedy: expect.stringContaining('the session that holds the lock') as string
  })
  expect(await converge(guests, rooms)).toEqual([rooms.name])
})

test('a wrong password, an unknown database, and one that is down', async () => {
  const address = databaseAddress(shipment)
  const attempt = (otherwise: Partial<typeof address>) =>
    failureOf(runMigrations(remote, { ...address, ...otherwise }, [guests], limits(), () => undefined))
  const wrong = await attempt({ password: 'hunter22' })
  expect(wrong).toMatchObject({
    kind: 'migration',
    message: 'could not connect to the database: password authentication failed for user "otherbrand"',
    remedy: expect.stringContaining('password') as string
  })
  expect(await attempt({ database: 'nowhere' })).toMatchObject({
    kind: 'migration',
    message: 'could not connect to the database: database "nowhere" does not exist'
  })
  expect(await attempt({ port: 1 })).toMatchObject({
    kind: 'host-answer',
    message: 'nothing accepts connections at 127.0.0.1:1 on the host',
    remedy: expect.stringContaining('start what shall listen there') as string
  })
  const resource = migrationsResource({ ...address, password: 'hunter22' }, [guests])
  const looked = await inspect(remote, shipment.layout.account, [resource])
  expect(looked.finding(resource)).toEqual({
    address: 'app.migrations',
    verdict: 'unknown',
    differences: [],
    cause: 'password authentication failed for user "otherbrand"'
  })
})
