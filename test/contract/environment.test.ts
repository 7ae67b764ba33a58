import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { bench, nothingDone, type Bench } from './bench.ts'

const world = await cloned()
let app: Bench

beforeAll(async () => {
  app = await bench(world, 'app')
})

afterAll(() => app[Symbol.asyncDispose]())

const finding = () => app.finding('app.environment')
const another = { expected: 'the value of manifest or secrets', actual: 'another value' }
const stat = async () => (await app.host.must(['stat', '-Lc', '%a %U', `${app.current}/.env.local`])).trim()

test('absent, shipped, in sync, and nothing to do the second time', async () => {
  expect(await finding()).toEqual({
    address: 'app.environment',
    verdict: 'missing',
    differences: [{ attribute: '.env.local', expected: '4 names', actual: 'missing' }]
  })
  expect((await app.converge()).env).toEqual({
    added: ['BRAND_NAME', 'DATABASE_URL', 'MARKETING_ORIGIN', 'SESSION_SECRET'],
    changed: [],
    removed: []
  })
  expect(await stat()).toBe('600 tenant-otherbrand')
  expect(await finding()).toEqual({ address: 'app.environment', verdict: 'in-sync', differences: [] })
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('tampered with: names and modes, and never a value', async () => {
  await app.tamper(
    'sed -i -e s/^BRAND_NAME=.*/BRAND_NAME=leaked-value/ -e /^SESSION_SECRET=/d .env.local; echo ADDED=leaked-value >>.env.local; chmod 644 .env.local'
  )
  await app.host.must(['chown', 'root', `${app.current}/.env.local`])
  const found = await finding()
  expect(found).toEqual({
    address: 'app.environment',
    verdict: 'drifted',
    differences: [
      { attribute: 'SESSION_SECRET', expected: 'set', actual: 'not set' },
      { attribute: 'BRAND_NAME', ...another },
      { attribute: 'ADDED', expected: 'not set', actual: 'set' },
      { attribute: 'mode', expected: '0600', actual: '0644' },
      { attribute: 'owner', expected: 'tenant-otherbrand', actual: 'root' }
    ]
  })
  const report = await app.converge()
  expect(report).toMatchObject({ env: { added: ['SESSION_SECRET'], changed: ['BRAND_NAME'], removed: ['ADDED'] } })
  expect(report.files).toEqual(nothingDone.files)
  expect(await stat()).toBe('600 tenant-otherbrand')
  expect(await finding()).toMatchObject({ verdict: 'in-sync' })
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('a changed value of the manifest is one new release, and nothing the second time', async () => {
  const manifest = 'tenants/otherbrand/tenant.yml'
  world.repository.write(manifest, world.repository.read(manifest).replace('Other Brand', 'Another Brand'))
  expect((await finding()).differences).toEqual([{ attribute: 'BRAND_NAME', ...another }])
  expect((await app.converge()).env).toEqual({ added: [], changed: ['BRAND_NAME'], removed: [] })
  expect(await app.converge()).toMatchObject(nothingDone)
})
