import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anotherHost, type AnotherHost } from '../world/another-host.ts'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { edit, onHost, type OnHost } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran, World } from '../world/world.ts'

/** Moving a tenant, as docs/host.md has it, between the shared host and one that has never heard of the tenant. */
const here = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'tenant-move-'))
const dump = join(folder, 'mover.dump')

let second: AnotherHost
let there: World
let mover: FreshTenant
let resident: FreshTenant
/** The same two, on the other host. */
let moved: OnHost
let settled: OnHost

const booking = (name: string) => `booking.${name}.test`
const bookings = async (world: World, name: string) => {
  const { status, text } = await world.visit(world.url(booking(name), '/api/bookings'))
  return `${status} ${text.trim()}`
}
const release = async (world: World, name: string) => {
  const { text } = await world.visit(world.url(booking(name), '/api/health'))
  return (JSON.parse(text) as { release: string }).release
}
const site = async (world: World, name: string) => (await world.visit(world.url(`www.${name}.test`))).text

/** Rows, sequences, views and functions: what the move has to bring along. */
const CONTENT = `SELECT id, name, at FROM guests ORDER BY id; SELECT * FROM guest_names ORDER BY 1; SELECT greet('you');
SELECT last_value FROM guests_id_seq; SELECT count(*) FROM bookings; SELECT * FROM tenant_migrations;`
const OWNERS = `SELECT DISTINCT pg_get_userbyid(owner) FROM (
  SELECT relowner, relnamespace FROM pg_class UNION ALL SELECT proowner, pronamespace FROM pg_proc
  UNION ALL SELECT typowner, typnamespace FROM pg_type) AS things (owner, space) WHERE space = 'public'::regnamespace`

/** Everything of a tenant on a host that what happens to its neighbour must leave alone. */
async function everythingOf(tenant: OnHost, name: string, world: World): Promise<unknown> {
  const list = `find /srv/tenants/"$1" /etc/nginx/tenants.d/"$1"-*.conf \\( -path '*/pm2' -o -path '*/shared/log' \\) -prune -o \\
  -printf '%y %m %u %g %T@ %p %l\\n' | sort; grep -h "^\\"*$1\\"* " /etc/pgbouncer/tenants.ini /etc/pgbouncer/userlist.txt
  getent passwd "tenant-$1"; sha256sum /etc/tenant-deploy/certificates/"$1"/*`
  return {
    live: await tenant.live(),
    files: await tenant.must(['sh', '-c', list, 'sh', name]),
    database: await tenant.sql(`SELECT oid, datname, datdba, datacl FROM pg_database WHERE datname LIKE '${name}%'`),
    bookings: await bookings(world, name)
  }
}

const must = ({ code, stdout, stderr }: Ran) => expect(code, stdout + stderr).toBe(0)

describe('between two hosts', () => {
  beforeAll(async () => {
    second = await anotherHost(here, 'second')
    there = second.world
    mover = await freshTenant(here, 'mover')
    resident = await freshTenant(here, 'resident')
    // Both hosts take the secrets from where the repository keeps them.
    const file = `name: second\nfrom: ${second.from}\nsecrets_file: ${here.host.secrets_file}\n`
    here.repository.write('tenants/hosts/second.yml', file)
    edit(here, resident.file, 'host: sandbox', 'host: second')
    moved = onHost(there, 'mover')
    settled = onHost(there, 'resident')
    for (const tenant of [mover, resident]) must(await tenant.deploy())
    // The two hosts stand on one machine's loopback: with a second release the app is on its second port here, and the
    // first release there finds the first one free.
    edit(here, 'test/tiny-app/page.html', 'A tiny app', 'The second release')
    must(await mover.deploy())
    await mover.sql(`SET ROLE mover; INSERT INTO bookings SELECT generate_series(1, 42);
      CREATE TABLE guests (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT '2026-11-23T04:15:00.123456Z');
      INSERT INTO guests (name) VALUES ('Zoë "Z" O''Neil'), ('\\N'), (E'two\\nlines'), ('');
      CREATE VIEW guest_names AS SELECT name FROM guests; CREATE INDEX guests_by_name ON guests (lower(name));
      CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql AS $$ SELECT 'Hello ' || who $$`)
    await settled.sql('INSERT INTO bookings VALUES (7)')
  })

  afterAll(async () => {
    await resident?.forget()
    await mover?.forget()
    await second?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  let old: string
  let neighbour: unknown
  let content: string[]

  test('each host serves its own tenant, and not the other', async () => {
    expect([await bookings(here, 'mover'), await bookings(there, 'resident')]).toEqual(['200 42', '200 1'])
    expect((await there.exec(['id', 'tenant-mover'])).code).toBe(1)
    expect((await here.exec(['id', 'tenant-resident'])).code).toBe(1)
  })

  test('a backup is kept on this machine', async () => {
    must(await here.tenant(['backup', 'mover', '--output', dump]))
    content = await mover.sql(CONTENT)
    expect(content).toContain('42')
    ;[old, neighbour] = [await hostListing(here), await everythingOf(settled, 'resident', there)]
  })

  test('with the edit alone, nothing is there to restore into, and a dry run changes nothing', async () => {
    edit(here, mover.file, 'host: sandbox', 'host: second')
    must(await here.tenant(['check']))
    const before = await hostListing(there)
    const restored = await here.tenant(['restore', 'mover', dump, '--json'])
    expect(restored.code, restored.stdout).not.toBe(0)
    const { remedy } = (restored.report.restore?.failure ?? restored.report.failure)!
    expect(remedy).toContain('`tenant provision`')
    const dry = await mover.provision('--dry-run')
    expect(dry.report).toMatchObject({ host: 'second', changed: true, exitCode: 0 })
    const addresses = dry.report.provision!.changes.map(({ address }) => address)
    expect(addresses).toEqual(
      expect.arrayContaining(['account', 'database.role', 'database', 'certificate', 'app.site'])
    )
    // The host itself is ready since its first tenant.
    expect(addresses.filter((address) => address.startsWith('host.'))).toEqual([])
    expect(await hostListing(there)).toBe(before)
  })

  test('provision, restore and deploy bring it to the other host, with its data, for visitors to see', async () => {
    const provisioned = await mover.provision()
    must(provisioned)
    expect(provisioned.report).toMatchObject({ host: 'second', outcome: 'changed' })
    const restored = await here.tenant(['restore', 'mover', dump, '--json'])
    must(restored)
    expect(restored.report.restore).toMatchObject({ database: 'mover', warnings: [], failure: null })
    const deployed = await mover.deploy()
    must(deployed)
    expect(deployed.report).toMatchObject({ host: 'second', outcome: 'changed' })
    // What the dump says was migrated is not migrated again.
    expect(deployed.lane('app').migrations).toEqual({ applied: [], pending: [] })
    expect(await moved.sql(CONTENT)).toEqual(content)
    expect(await bookings(there, 'mover')).toBe('200 42')
    expect(await release(there, 'mover')).toBe(deployed.lane('app').release)
    expect((await there.visit(there.url(booking('mover')))).text).toContain('The second release')
    expect(await site(there, 'mover')).toContain('This is mover')
  })

  test('all of it is the tenant’s own there: provision and deploy find nothing to do', async () => {
    const dry = await mover.provision('--dry-run')
    must(dry)
    expect(dry.report).toMatchObject({ outcome: 'unchanged', provision: { changes: [] } })
    for (const ran of [await mover.provision(), await mover.deploy()]) {
      must(ran)
      expect(ran.report).toMatchObject({ host: 'second', outcome: 'unchanged', changed: false })
    }
    expect(await moved.sql(OWNERS)).toEqual(['mover'])
    const files = await there.exec(['find', '/srv/tenants/mover', '!', '-user', 'tenant-mover', '-printf', '%u %P\\n'])
    expect(files.stdout.split('\n').filter((line) => !/^(root )?$/.test(line))).toEqual([])
  })

  test('the tenant that was there before does not notice', async () => {
    expect(await everythingOf(settled, 'resident', there)).toEqual(neighbour)
  })

  test('the old host still has everything, and still serves it', async () => {
    expect(await hostListing(here)).toBe(old)
    expect(await mover.sql(CONTENT)).toEqual(content)
    expect(await bookings(here, 'mover')).toBe('200 42')
    expect(await release(here, 'mover')).not.toBe(await release(there, 'mover'))
  })

  test('what is booked after the move is booked at the new host alone, and the edit back finds the old one as it was', async () => {
    await moved.sql('INSERT INTO bookings VALUES (100)')
    expect([await bookings(there, 'mover'), await bookings(here, 'mover')]).toEqual(['200 43', '200 42'])
    edit(here, mover.file, 'host: second', 'host: sandbox')
    for (const ran of [await mover.provision(), await mover.deploy()]) {
      must(ran)
      expect(ran.report).toMatchObject({ host: 'sandbox', outcome: 'unchanged' })
    }
  })
})
