import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { bench, nothingDone, tenant, type Bench } from './bench.ts'

const world = await cloned()
let app: Bench

beforeAll(async () => {
  app = await bench(world, 'app')
})

afterAll(() => app[Symbol.asyncDispose]())

const finding = () => app.finding('app.process')
const inSync = { address: 'app.process', verdict: 'in-sync', differences: [] }
const drifted = (...rows: [attribute: string, expected: string, actual: string][]) => ({
  ...inSync,
  verdict: 'drifted',
  differences: rows.map(([attribute, expected, actual]) => ({ attribute, expected, actual }))
})
const health = async () => {
  const { status, text } = await world.visit(world.url('booking.otherbrand.test', '/api/health'))
  return status === 200 ? (JSON.parse(text) as { release: string }).release : status
}

test('absent, started, in sync, and nothing to do the second time', async () => {
  expect(await finding()).toEqual({
    address: 'app.process',
    verdict: 'missing',
    differences: [{ attribute: 'process', expected: 'a process', actual: 'missing' }]
  })
  const report = await app.converge()
  expect(await health()).toBe(report.release)
  expect(await finding()).toEqual(inSync)
  const before = (await app.host.live()).processes
  expect(await app.converge()).toMatchObject(nothingDone)
  expect((await app.host.live()).processes).toEqual(before)
})

test('stopped: said, and the same release is started again', async () => {
  const [process] = (await app.host.live()).processes
  await app.host.pm2('stop', process!.name)
  expect(await finding()).toEqual(drifted(['status', 'online', 'stopped']))
  expect(await health()).toBe(502)

  const report = await app.converge()
  expect(report).toMatchObject({ changed: true, files: nothingDone.files })
  expect(report.release).toBe(report.previous)
  expect(await health()).toBe(report.release)
  expect(await finding()).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('gone from PM2, and the daemon with it', async () => {
  const { current, processes } = await app.host.live()
  await app.host.pm2('kill')
  expect(await finding()).toEqual({
    address: 'app.process',
    verdict: 'missing',
    differences: [{ attribute: 'process', expected: processes[0]!.name, actual: 'missing' }]
  })
  expect((await app.converge()).release).toBe(current.app)
  expect(await health()).toBe(current.app)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('started by hand, from another folder and with another id', async () => {
  const { current, processes } = await app.host.live()
  const { name, port } = processes[0]!
  await app.host.pm2('delete', name)
  await app.host.must(['install', '-d', '-o', app.host.account, '/srv/tenants/otherbrand/by-hand'])
  // As the tenant: of a file of a release, other accounts could not read root's copy.
  await app.host.must([
    'sudo',
    '-u',
    app.host.account,
    'cp',
    `${app.current}/server.js`,
    '/srv/tenants/otherbrand/by-hand/'
  ])
  await app.host.must([
    ...['sudo', '-u', app.host.account, 'env', `PM2_HOME=${app.host.root}/pm2`, `PORT=${port}`, 'RELEASE_ID=by-hand'],
    ...['pm2', 'start', 'server.js', '--name', name, '--cwd', '/srv/tenants/otherbrand/by-hand']
  ])
  await vi.waitUntil(async () => (await health()) === 'by-hand', { timeout: 20_000, interval: 200 })
  expect(await finding()).toEqual(
    drifted(
      ['folder', `${app.host.root}/app/releases/${current.app}`, '/srv/tenants/otherbrand/by-hand'],
      ['RELEASE_ID', current.app!, 'by-hand'],
      ['NODE_ENV', 'production', 'not set'],
      ['HOSTNAME', '127.0.0.1', 'not set']
    )
  )
  const report = await app.converge()
  expect(await health()).toBe(report.release)
  expect((await app.host.live()).processes).toHaveLength(1)
  expect(await app.converge()).toMatchObject(nothingDone)
  await app.host.must(['rm', '-r', '/srv/tenants/otherbrand/by-hand'])
})

/** As the tenant, with the environment that a release gets and what else is given. */
const pm2As = (environment: string[], words: string[]) =>
  app.host.must([
    ...['sudo', '-u', app.host.account, 'env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', `HOME=${app.host.root}`],
    ...[`PM2_HOME=${app.host.root}/pm2`, ...environment, 'pm2', ...words]
  ])

test("PM2's environment wins over the release's: said by name, and the next deploy starts another process", async () => {
  const { processes } = await app.host.live()
  await pm2As(['DATABASE_URL=postgresql://elsewhere'], ['restart', processes[0]!.name, '--update-env'])
  await vi.waitUntil(async () => typeof (await health()) === 'string', { timeout: 20_000, interval: 200 })
  const found = await finding()
  expect(found).toEqual(drifted(["DATABASE_URL in PM2's environment", 'not set', 'set']))
  const report = await app.converge()
  expect(report.release).not.toBe(report.previous)
  expect(await health()).toBe(report.release)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('another process beside it: said, and ended without a new release', async () => {
  const { current } = await app.host.live()
  await pm2As([], ['start', '/usr/bin/sleep', '--name', 'by-hand', '--interpreter', 'none', '--', '1000'])
  expect(await finding()).toEqual(drifted(['other processes', 'none', 'by-hand']))
  expect((await app.converge()).release).toBe(current.app)
  expect((await app.host.live()).processes).toHaveLength(1)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('it restarts again and again: said, and no reason for a new release', async () => {
  const { current, processes } = await app.host.live()
  const { name } = processes[0]!
  for (let times = 0; times < 3; times++) await app.host.pm2('restart', name)
  await vi.waitUntil(async () => (await health()) === current.app, { timeout: 20_000, interval: 200 })
  const restarts = ['restarts', 'none in the last 10 minutes', '3, the last less than a minute ago'] as const
  expect(await finding()).toEqual(drifted([...restarts]))
  const report = (await world.tenant(['deploy', tenant, 'app', '--json'])).lane('app')
  expect(report).toMatchObject({ ...nothingDone, release: current.app })
  await app.host.pm2('reset', name)
  expect(await finding()).toEqual(inSync)
})
