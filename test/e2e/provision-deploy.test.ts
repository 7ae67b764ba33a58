import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshTenant, secretNames, type FreshTenant } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const UNIT = '/etc/systemd/system/tenant@.service'
const URL = world.url('booking.harbour.test', '/api/health')
let tenant: FreshTenant

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
})

afterAll(() => tenant.forget())

const bookings = () => world.visit(world.url('booking.harbour.test', '/api/bookings'))

test('a dry run of its first deploy lists all that would be shipped, and changes nothing', async () => {
  const before = await hostListing(world)
  const ran = await tenant.deploy('--dry-run')
  expect(await hostListing(world)).toBe(before)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report).toMatchObject({ dryRun: true, changed: true, outcome: 'changed', failure: null })
  expect(ran.report.provision!.changes.map(({ address }) => address)).toEqual(
    expect.arrayContaining(['account', 'database'])
  )
  const app = ran.lane('app')
  expect(app).toMatchObject({ changed: true, previous: null, failure: null })
  expect(app.files).toMatchObject({ changed: [], deleted: [] })
  expect([...app.files.created].sort()).toEqual([
    ...['build.mjs', 'migrations/0001_bookings.sql', 'package-lock.json', 'package.json', 'page.html', 'server.js'],
    'widget.js'
  ])
  expect(app.migrations).toMatchObject({ applied: [], pending: ['0001_bookings.sql'] })
  expect(app.env).toEqual({
    added: expect.arrayContaining(['DATABASE_URL', 'SESSION_SECRET']),
    changed: [],
    removed: []
  })
  expect(ran.lane('marketing').files).toMatchObject({ created: ['index.html'], changed: [], deleted: [] })
  expect(ran.stdout + ran.stderr).not.toContain(tenant.password)
})

test('its first deploy needs nothing by hand', async () => {
  const ran = await tenant.deploy()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  const { provision } = ran.report
  expect(provision).toMatchObject({ changed: true, warnings: [], failure: null })
  expect(provision!.changes.map(({ address }) => address)).toEqual(
    expect.arrayContaining(['account', 'database', 'pgbouncer.entry', 'certificate.issued'])
  )
  expect(provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  expect(ran.lane('app').migrations).toEqual({ applied: ['0001_bookings.sql'], pending: [] })
  expect(JSON.parse((await world.visit(URL)).text)).toEqual({ release: ran.lane('app').release })
  expect(await bookings()).toMatchObject({ status: 200, text: '0\n' })
  const site = await world.visit(world.url('www.harbour.test'))
  expect(site).toMatchObject({ status: 200, text: expect.stringContaining('This is harbour') as string })
  const again = await tenant.deploy()
  expect(again.report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
})

test('a deploy of one lane of it provisions as well', async () => {
  await tenant.must(['chmod', '755', tenant.root])
  const ran = await tenant.deploy('marketing')
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['marketing'])
  expect(ran.report.provision!.changes.map(({ address }) => address)).toEqual(['folders'])
})

test('its app comes back after the machine started anew', async () => {
  const { text } = await world.visit(URL)
  const unit = new Map(
    (await tenant.must(['cat', UNIT])).split('\n').map((line) => {
      const [key = '', ...rest] = line.replaceAll('%i', 'harbour').split('=')
      return [key === 'Environment' ? `Environment ${rest[0]}` : key, rest.join('=')] as const
    })
  )
  const link = '/etc/systemd/system/multi-user.target.wants/tenant@harbour.service'
  expect(await tenant.must(['readlink', link])).toBe(`${UNIT}\n`)
  const endAll = 'while pids=$(pgrep -u "$1"); do kill -KILL $pids; sleep 0.1; done'
  await tenant.must(['sh', '-c', endAll, 'sh', tenant.account])
  expect((await world.visit(URL)).status).toBe(502)

  await tenant.must(['test', '-e', unit.get('ConditionPathExists')!])
  const environment = [...unit].filter(([key]) => key.startsWith('Environment ')).map(([, value]) => value)
  expect(unit.get('User')).toBe(tenant.account)
  const become = ['setpriv', `--reuid=${tenant.account}`, `--regid=${tenant.account}`, '--init-groups', '--']
  await tenant.must([...become, 'env', '-i', ...environment, ...unit.get('ExecStart')!.split(' ')])
  await expect.poll(async () => (await world.visit(URL)).text, { timeout: 30_000 }).toBe(text)
  expect((await tenant.deploy('app')).report).toMatchObject({ changed: false, exitCode: 0 })
})

/** Logs in on the host with a password; answers what PostgreSQL or PgBouncer says. */
async function login(port: number, password: string): Promise<string> {
  const words = ['psql', '-XqAtw', '-h', '127.0.0.1', '-p', String(port), '-U', 'harbour', '-c', 'SELECT 1', 'harbour']
  const { stdout, stderr } = await world.exec(['env', `PGPASSWORD=${password}`, ...words])
  return stdout + stderr
}

test('a new password is given to the role and to its pool; the app has it with the next deploy', async () => {
  const next = 'a-password-of-another-kind'
  const ports = [world.host.postgres.port, world.host.pgbouncer.port]
  for (const port of ports) expect(await login(port, tenant.password)).toBe('1\n')
  tenant.setSecret(secretNames('harbour').password, next)

  const dry = await tenant.provision('--dry-run')
  const differences = dry.report.provision!.changes.flatMap((change) => change.differences)
  expect(differences).toContainEqual({ attribute: 'password', expected: "the secret's", actual: 'another' })
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.steps.map(({ name }) => name)).toEqual(['database.role', 'pgbouncer.entry'])
  for (const port of ports) {
    expect(await login(port, next)).toBe('1\n')
    expect(await login(port, tenant.password)).toMatch(/(password|SASL) authentication failed/)
  }
  expect((await bookings()).status).toBe(500)

  const shipped = await tenant.deploy('app')
  expect(shipped.code, shipped.stdout + shipped.stderr).toBe(0)
  expect(shipped.lane('app').env).toEqual({ added: [], changed: expect.arrayContaining(['DATABASE_URL']), removed: [] })
  expect(await bookings()).toMatchObject({ status: 200, text: '0\n' })
  for (const said of [ran, dry, shipped]) expect(said.stdout + said.stderr).not.toContain(next)
})
