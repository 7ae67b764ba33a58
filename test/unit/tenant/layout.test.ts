import { expect, test } from 'vitest'
import { hostSchema } from '../../../src/tenant/host.ts'
import { layout, RELEASE_ID, releaseId, releaseTime } from '../../../src/tenant/layout.ts'

const host = hostSchema.parse({ name: 'a', address: 'a', user: 'a', host_key: `SHA256:${'a'.repeat(43)}` })
const acme = layout(host, { name: 'acme' })
const id = '20261122T091500Z-0a1b2c3'

test('everything of a tenant lies below its root, but for its sites', () => {
  expect(acme).toMatchObject({ account: 'tenant-acme', root: '/srv/tenants/acme', lock: '/srv/tenants/acme/lock' })
  expect(acme.lane('app').release(id)).toBe(`/srv/tenants/acme/app/releases/${id}`)
  expect(acme.lane('marketing').current).toBe('/srv/tenants/acme/marketing/current')
  expect(acme.site('app')).toBe('/etc/nginx/tenants.d/acme-app.conf')
  expect(acme.processName(id)).toBe(`acme-${id}`)
  expect(acme.logFiles(id).error).toBe(`/srv/tenants/acme/app/shared/log/${id}.error.log`)
  expect(acme.staticFolder).toBe('/srv/tenants/acme/app/shared/static')
  expect([acme.record, acme.siteRecord, acme.marker].every((file) => file.startsWith(`${acme.meta}/`))).toBe(true)
})

test('an id tells when and from which commit', () => {
  const at = new Date('2026-11-22T09:15:00.789Z')
  expect(releaseId(at, '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567')).toBe(id)
  expect(releaseId(at, null)).toBe('20261122T091500Z-local')
  expect(() => releaseId(at, 'HEAD')).toThrow('no release id')
})

test('the time can be read from an id', () => {
  expect(new Date(releaseTime(id)).toISOString()).toBe('2026-11-22T09:15:00.000Z')
  expect(['', 'current', '99999999T999999Z-local', `${id}-2`].map(releaseTime)).toEqual([0, 0, 0, 0])
})

test('ids sort by time', () => {
  const ids = ['2026-01-02T00:00:00Z', '2026-01-10T00:00:00Z', '2026-12-01T00:00:00Z'].map((at) =>
    releaseId(new Date(at), null)
  )
  expect(ids.toSorted()).toEqual(ids)
})

test.each([
  '',
  '.',
  '..',
  `${id}/..`,
  `${id}\n`,
  ` ${id}`,
  `${id}-1`,
  `${id}-2`,
  `${id};x`,
  id.toLowerCase(),
  'current'
])('%j is no id, and no path is made of it', (text) => {
  expect(RELEASE_ID.test(text)).toBe(false)
  expect(() => acme.lane('app').release(text)).toThrow('is not the id of a release')
  expect(() => acme.processName(text)).toThrow('is not the id of a release')
})
