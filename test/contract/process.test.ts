import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { worldAt } from '../world/world.ts'
import { bench, nothingDone, type Bench } from './bench.ts'

const world = worldAt(inject('repository'))
let app: Bench

beforeAll(async () => {
  app = await bench(world, 'app')
})

afterAll(() => app[Symbol.asyncDispose]())

const finding = () => app.finding('app.process')
const inSync = { address: 'app.process', verdict: 'in-sync', differences: [] }
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
  const found = await finding()
  expect(found).toMatchObject({ verdict: 'drifted' })
  expect(found.differences).toContainEqual({ attribute: 'status', expected: 'online', actual: 'stopped' })
  expect(found.differences.at(-1)).toMatchObject({ attribute: `answer on port ${process!.port}` })
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
  await app.host.must(['cp', `${app.current}/server.js`, '/srv/tenants/otherbrand/by-hand/'])
  await app.host.must([
    ...['sudo', '-u', app.host.account, 'env', `PM2_HOME=${app.host.root}/pm2`, `PORT=${port}`, 'RELEASE_ID=by-hand'],
    ...['pm2', 'start', 'server.js', '--name', name, '--cwd', '/srv/tenants/otherbrand/by-hand']
  ])
  await vi.waitUntil(async () => (await health()) === 'by-hand', { timeout: 20_000, interval: 200 })
  expect((await finding()).differences).toEqual([
    {
      attribute: 'folder',
      expected: `${app.host.root}/app/releases/${current.app}`,
      actual: '/srv/tenants/otherbrand/by-hand'
    },
    { attribute: 'RELEASE_ID', expected: current.app, actual: 'by-hand' },
    { attribute: `answer on port ${port}`, expected: `200 from ${current.app}`, actual: '200 from by-hand' }
  ])
  const report = await app.converge()
  expect(await health()).toBe(report.release)
  expect((await app.host.live()).processes).toHaveLength(1)
  expect(await app.converge()).toMatchObject(nothingDone)
  await app.host.must(['rm', '-r', '/srv/tenants/otherbrand/by-hand'])
})
