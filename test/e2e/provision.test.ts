import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()

const OF_THE_HOST = ['host.packages', 'host.group', 'host.sudo', 'host.observer', 'host.folders']
const OF_AN_APP = ['host.pgbouncer', 'host.boot']
const FOUNDATION = ['account', 'folders', 'records']
const DATABASE = ['database.role', 'database', 'database.ownership', 'pgbouncer.entry', 'pgbouncer.route']

describe('a tenant that the host has never heard of', () => {
  let tenant: FreshTenant
  beforeAll(async () => {
    tenant = await freshTenant(world, 'harbour')
  })
  afterAll(() => tenant.forget())

  /** What is made of it; the host has the rest since its first tenant. */
  const made = [
    ...FOUNDATION,
    ...['database.role', 'database', 'pgbouncer.entry', 'certificate', 'logs', 'boot'],
    ...['app.site', 'marketing.site', 'certificate.issued']
  ]
  const all = [
    ...[...OF_THE_HOST, ...OF_AN_APP, ...FOUNDATION, ...DATABASE, 'certificate', 'logs', 'host.nginx', 'boot'],
    ...['app.site', 'marketing.site', 'certificate.issued']
  ]

  test('a dry run says what would be done, and leaves the host as it is, byte for byte', async () => {
    const before = await hostListing(world)
    const ran = await tenant.provision('--dry-run')
    expect(await hostListing(world)).toBe(before)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report).toMatchObject({ dryRun: true, changed: true, outcome: 'changed', failure: null, lanes: [] })
    const { changes, findings, steps, failure } = ran.report.provision!
    expect({ steps, failure }).toEqual({ steps: [], failure: null })
    // The route is there once the entry is.
    expect(changes.map(({ address }) => address).filter((address) => address !== 'pgbouncer.route')).toEqual(made)
    for (const address of ['account', 'folders', 'database.role', 'database', 'pgbouncer.entry', 'app.site'])
      expect(changes.find((change) => change.address === address)).toMatchObject({ verdict: 'missing' })
    expect(changes.every(({ actions }) => actions.length > 0)).toBe(true)
    expect(changes.flatMap(({ actions }) => actions)).toEqual(
      expect.arrayContaining(['make the account tenant-harbour', 'make the role harbour', 'make the database harbour'])
    )
    expect(findings.map(({ address }) => address)).toEqual(all)
    expect(findings.filter(({ verdict }) => verdict === 'in-sync').map(({ address }) => address)).toEqual(
      expect.arrayContaining([...OF_THE_HOST, ...OF_AN_APP])
    )
    expect(ran.stdout + ran.stderr).not.toContain(tenant.password)
  })

  test('is given everything of its own, and each of it is in sync then', async () => {
    const ran = await tenant.provision()
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report).toMatchObject({ changed: true, outcome: 'changed', failure: null })
    const { changes, findings, steps, warnings } = ran.report.provision!
    expect(changes.map(({ address }) => address)).toEqual(made)
    expect(steps.map(({ name }) => name)).toEqual(made)
    expect(findings).toEqual(all.map((address) => ({ address, verdict: 'in-sync', differences: [] })))
    expect(warnings).toEqual([])
    expect(await tenant.must(['id', '-Gn', tenant.account])).toBe('tenant-harbour tenants\n')
    expect(await tenant.must(['stat', '-c', '%a %U %G', tenant.root])).toBe('750 tenant-harbour www-data\n')
    expect(await tenant.sql('SELECT count(*) FROM pg_tables WHERE tableowner = current_user')).not.toEqual([])
  })

  test('a second run has nothing to do, and says of each that it is in sync', async () => {
    const before = await hostListing(world)
    const ran = await tenant.provision()
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report).toMatchObject({ changed: false, outcome: 'unchanged' })
    const { changes, findings, steps, warnings } = ran.report.provision!
    expect({ changes, steps, warnings }).toEqual({ changes: [], steps: [], warnings: [] })
    expect(findings).toEqual(all.map((address) => ({ address, verdict: 'in-sync', differences: [] })))
    // Whoever held the lock last is noted in it.
    const lock = /^\S+ .* \S+\/harbour\/lock .*$|^\S+ {2}\S+\/harbour\/lock$/gm
    expect((await hostListing(world)).replaceAll(lock, '')).toBe(before.replaceAll(lock, ''))
    const dry = await tenant.provision('--dry-run')
    expect(dry.report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
  })

  test('its visitors are told over TLS that there is nothing yet', async () => {
    for (const domain of ['booking.harbour.test', 'www.harbour.test']) {
      const { status, text } = await world.visit(world.url(domain))
      expect({ domain, status }).toEqual({ domain, status: expect.any(Number) as number })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(text).not.toContain('Welcome to nginx!')
    }
    expect(await world.visit(world.url('book.harbour.test'))).toMatchObject({
      status: 301,
      headers: { location: world.url('booking.harbour.test') }
    })
  })
})

describe('a tenant with a marketing site alone', () => {
  let tenant: FreshTenant
  beforeAll(async () => {
    tenant = await freshTenant(world, 'meadow', 'site')
  })
  afterAll(() => tenant.forget())

  test('gets no role, no database, no pool and no unit', async () => {
    const ran = await tenant.deploy()
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    const { changes, findings } = ran.report.provision!
    expect(changes.map(({ address }) => address)).toEqual([
      ...FOUNDATION,
      ...['certificate', 'logs', 'marketing.site', 'certificate.issued']
    ])
    expect(findings.map(({ address }) => address)).toEqual([
      ...[...OF_THE_HOST, ...FOUNDATION, 'certificate', 'logs', 'host.nginx', 'certificate.issued']
    ])
    const asked = `SELECT rolname FROM pg_roles UNION SELECT datname FROM pg_database ORDER BY 1`
    const names = await tenant.must([
      ...['sudo', '-u', 'postgres', 'psql', '-qXAt', '-h', '/run/postgresql', '-p', String(world.host.postgres.port)],
      ...['-c', asked]
    ])
    expect(names).not.toContain('meadow')
    const { databases, users } = world.host.pgbouncer
    expect(await tenant.must(['cat', databases, users])).not.toContain('meadow')
    const units = await tenant.must(['ls', '/etc/systemd/system/multi-user.target.wants'])
    expect(units).toContain('tenant@yourbrand.service')
    expect(units).not.toContain('meadow')
    expect(await tenant.must(['ls', '-A', tenant.root])).toBe('lock\nmarketing\n')
  })

  test('serves its site, and has nothing to do the next time', async () => {
    expect(await world.visit(world.url('www.meadow.test'))).toMatchObject({
      status: 200,
      text: expect.stringContaining('This is meadow') as string
    })
    const ran = await tenant.deploy()
    expect(ran.report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
  })
})
