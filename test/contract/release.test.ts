import { afterAll, beforeAll, expect, test } from 'vitest'
import { logEvent } from '../../src/deploy/records.ts'
import { connectTo, shipmentFor } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { failureOf } from './failure.ts'
import { bench, nothingDone, type Bench } from './bench.ts'

const world = await cloned()
let app: Bench

beforeAll(async () => {
  app = await bench(world, 'app')
})

afterAll(() => app[Symbol.asyncDispose]())

const finding = () => app.finding('app.release')
const inSync = { address: 'app.release', verdict: 'in-sync', differences: [] }
const drifted = (attribute: string, expected: string, actual: string) => ({
  address: 'app.release',
  verdict: 'drifted',
  differences: [{ attribute, expected, actual }]
})

test('absent, published, in sync, and nothing to do the second time', async () => {
  expect(await finding()).toEqual({
    address: 'app.release',
    verdict: 'missing',
    differences: [{ attribute: 'current', expected: 'a release', actual: 'missing' }]
  })
  const report = await app.converge()
  expect(report).toMatchObject({ changed: true, previous: null })
  expect(await app.host.releases('app')).toEqual([report.release])
  expect(await finding()).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
  expect(await app.host.releases('app')).toEqual([report.release])
})

test('a manifest that starts it in another way needs a new release, although no file differs', async () => {
  const manifest = 'tenants/otherbrand/tenant.yml'
  world.repository.write(manifest, world.repository.read(manifest).replace('node server.js', 'node ./server.js'))
  expect(await finding()).toEqual(drifted('start', 'node ./server.js', 'node server.js'))
  const report = await app.converge()
  expect(report).toMatchObject({ changed: true, files: nothingDone.files })
  expect(report.release).not.toBe(report.previous)
  expect(await finding()).toEqual(inSync)
})

test('a record that was edited or is gone', async () => {
  await app.tamper(`sed -i 's/"build":"npm run build"/"build":"true"/' .tenant/release.json`)
  expect(await finding()).toEqual(drifted('build', 'npm run build', 'true'))
  await app.converge()
  expect(await finding()).toEqual(inSync)
  await app.tamper('rm .tenant/release.json')
  expect(await finding()).toEqual({
    address: 'app.release',
    verdict: 'missing',
    differences: [{ attribute: 'record', expected: '.tenant/release.json', actual: 'missing' }]
  })
  await app.converge()
  expect(await finding()).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('current points to a release that is not there', async () => {
  await app.host.must(['ln', '-sfn', 'releases/20260101T000000Z-abcdef0', app.current])
  expect(await finding()).toEqual(
    drifted('current', 'a release', 'points to 20260101T000000Z-abcdef0, which is not there')
  )
  const report = await app.converge()
  expect(await finding()).toEqual(inSync)
  const { text } = await world.visit(world.url('booking.otherbrand.test', '/api/health'))
  expect(JSON.parse(text)).toEqual({ release: report.release })
  expect((await app.host.live()).processes).toHaveLength(1)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('records that cannot be written are an error that says how to have them', async () => {
  const records = '/var/lib/tenant-deploy/records/otherbrand'
  await using remote = await connectTo(world)
  const shipment = shipmentFor(world, 'otherbrand', remote)
  const live = (await app.host.live()).current.app!
  for (const [damage, undo] of [
    [
      ['mv', records, `${records}-away`],
      ['mv', `${records}-away`, records]
    ],
    [
      ['chown', 'tenant-otherbrand', records],
      ['chown', world.host.user, records]
    ]
  ] as const) {
    await app.host.must([...damage])
    const failure = await failureOf(logEvent(shipment, 'app', live, 'published'))
    await app.host.must([...undo])
    expect(failure).toMatchObject({
      kind: 'command',
      message: `${world.host.user} cannot write the records of what shipped`,
      where: expect.stringContaining(records) as string,
      remedy: expect.stringContaining('run tenant provision otherbrand') as string
    })
  }
  expect(await app.converge()).toMatchObject(nothingDone)
})
