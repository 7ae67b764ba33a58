import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { bench, nothingDone, type Bench } from './bench.ts'

const world = await cloned()
let app: Bench

beforeAll(async () => {
  app = await bench(world, 'app')
})

afterAll(() => app[Symbol.asyncDispose]())

const inSync = { address: 'app.files', verdict: 'in-sync', differences: [] }
const sha256 = (text: string) => `sha256 ${createHash('sha256').update(text).digest('hex').slice(0, 12)}`

test('absent, shipped, in sync, and nothing to do the second time', async () => {
  expect(await app.finding('app.files')).toEqual({
    address: 'app.files',
    verdict: 'missing',
    differences: [{ attribute: 'files', expected: '7 files', actual: 'missing' }]
  })
  expect((await app.converge()).files.created).toHaveLength(7)
  expect(await app.finding('app.files')).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('tampered with: each difference is named, and taken back', async () => {
  const page = world.repository.read('test/tiny-app/page.html')
  const widget = world.repository.read('test/tiny-app/widget.js')
  const edited = page.replace('tiny', 'TINY')
  await app.tamper(
    `sed -i s/tiny/TINY/ page.html; chmod 755 widget.js; rm build.mjs; rm -r migrations; echo 1 >unmanaged`
  )
  expect(await app.finding('app.files')).toEqual({
    address: 'app.files',
    verdict: 'drifted',
    differences: [
      { attribute: 'build.mjs', expected: sha256(world.repository.read('test/tiny-app/build.mjs')), actual: 'missing' },
      {
        attribute: 'migrations/0001_bookings.sql',
        expected: sha256(world.repository.read('test/tiny-app/migrations/0001_bookings.sql')),
        actual: 'missing'
      },
      { attribute: 'page.html', expected: sha256(page), actual: sha256(edited) },
      { attribute: 'widget.js', expected: sha256(widget), actual: `${sha256(widget)}, executable` }
    ]
  })
  const report = await app.converge()
  expect(report.files).toMatchObject({
    created: ['build.mjs', 'migrations/0001_bookings.sql'],
    changed: ['page.html', 'widget.js'],
    deleted: []
  })
  expect(report.release).not.toBe(report.previous)
  expect(await app.finding('app.files')).toEqual(inSync)
  expect((await world.visit(world.url('booking.otherbrand.test'))).text).toBe(page)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('a change of the source is the difference, and a deletion is one', async () => {
  world.repository.remove('test/tiny-app/migrations')
  world.repository.write('test/tiny-app/new.txt', 'new')
  const { differences } = await app.finding('app.files')
  expect(differences).toEqual([
    { attribute: 'new.txt', expected: sha256('new'), actual: 'missing' },
    {
      attribute: 'migrations/0001_bookings.sql',
      expected: 'no such file',
      actual: expect.stringMatching(/^sha256 /) as string
    }
  ])
})
