import { expect, test } from 'vitest'
import { inventoryRequest } from '../../../src/resources/host/inventory.ts'
import { unmanaged } from '../../../src/doctor/unmanaged.ts'
import type { InventoryFact } from '../../../src/facts/host-facts.ts'
import type { Tenant } from '../../../src/tenant/schema.ts'
import { host, tenant } from '../resources/acme.ts'

const byCertbot: Tenant = { ...tenant, tls: 'acme' }
const siteOnly: Tenant = { ...byCertbot, name: 'site-only' }
delete siteOnly.app
delete siteOnly.database

const nothing: InventoryFact = { accounts: [], folders: [], sites: [], entries: [], units: [], certificates: [] }
const own: InventoryFact = {
  accounts: ['tenant-acme', 'tenant-site-only'],
  folders: ['acme', 'site-only'],
  sites: ['acme-app.conf', 'acme-marketing.conf', 'site-only-marketing.conf'],
  entries: [tenant.database!.name],
  units: ['tenant@acme'],
  certificates: ['acme', 'site-only']
}
const declared = (...tenants: Tenant[]) => tenants.map((each) => ({ name: each.name, tenant: each }))
const all = declared(byCertbot, siteOnly)
const together = (more: Partial<InventoryFact>): InventoryFact => {
  const kinds = Object.keys(nothing) as (keyof InventoryFact)[]
  return Object.fromEntries(
    kinds.map((kind) => [kind, [...own[kind], ...(more[kind] ?? [])]])
  ) as unknown as InventoryFact
}

test('asks where tenants have their things', () => {
  expect(inventoryRequest(host)).toEqual({
    kind: 'inventory',
    root: '/srv/tenants',
    sites: '/etc/nginx/tenants.d',
    databases: '/etc/pgbouncer/tenants.ini',
    units: '/etc/systemd/system/multi-user.target.wants',
    certificates: '/etc/tenant-deploy/certificates',
    accounts: { group: 'tenants', prefix: 'tenant-' }
  })
})

test('what manifests declare is managed, and what they declare may be missing', () => {
  expect(unmanaged(host, all, own)).toEqual([])
  expect(unmanaged(host, all, nothing)).toEqual([])
})

test('a forgotten tenant is one finding', () => {
  const ghost = {
    accounts: ['tenant-the-ghost'],
    folders: ['the-ghost'],
    sites: ['the-ghost-app.conf', 'the-ghost-marketing.conf'],
    entries: ['the_ghost'],
    units: ['tenant@the-ghost'],
    certificates: ['the-ghost']
  }
  const things = [
    'account tenant-the-ghost',
    'folder /srv/tenants/the-ghost',
    'site /etc/nginx/tenants.d/the-ghost-app.conf',
    'site /etc/nginx/tenants.d/the-ghost-marketing.conf',
    'unit tenant@the-ghost',
    'certificate /etc/tenant-deploy/certificates/the-ghost',
    'entry the_ghost'
  ]
  expect(unmanaged(host, all, together(ghost))).toEqual([
    {
      address: 'unmanaged.tenant the-ghost',
      verdict: 'unmanaged',
      differences: things.map((attribute) => ({ attribute, expected: 'in a manifest', actual: 'in none' }))
    }
  ])
})

test.each<[string, Partial<InventoryFact>, string[]]>([
  ['a site', { sites: ['ghost-app.conf'] }, ['unmanaged.site /etc/nginx/tenants.d/ghost-app.conf']],
  ['a site by another name', { sites: ['by-hand.conf'] }, ['unmanaged.site /etc/nginx/tenants.d/by-hand.conf']],
  ["an account in the tenants' group", { accounts: ['guest'] }, ['unmanaged.account guest']],
  ['an entry', { entries: ['*'] }, ['unmanaged.entry *']],
  ['a folder', { folders: ['backup-of-acme'] }, ['unmanaged.folder /srv/tenants/backup-of-acme']],
  ['a unit', { units: ['tenant@old'] }, ['unmanaged.unit tenant@old']],
  ['a certificate', { certificates: ['old'] }, ['unmanaged.certificate /etc/tenant-deploy/certificates/old']],
  [
    'what is left over of tenants that are there',
    { sites: ['site-only-app.conf'], units: ['tenant@site-only'], entries: ['site_only'] },
    [
      'unmanaged.entry site_only',
      'unmanaged.site /etc/nginx/tenants.d/site-only-app.conf',
      'unmanaged.unit tenant@site-only'
    ]
  ],
  [
    'two forgotten ones',
    { accounts: ['tenant-b', 'tenant-a'], folders: ['a', 'b'] },
    ['unmanaged.tenant a', 'unmanaged.tenant b']
  ]
])('%s that nobody declares', (_, more, addresses) => {
  expect(unmanaged(host, all, together(more)).map(({ address }) => address)).toEqual(addresses)
})

test('with files of its own, a tenant has no link to a certificate', () => {
  const brought: Tenant = { ...byCertbot, tls: { certificate: '/c', key: '/k' } }
  expect(unmanaged(host, declared(brought, siteOnly), own).map(({ address }) => address)).toEqual([
    'unmanaged.certificate /etc/tenant-deploy/certificates/acme'
  ])
})

test('on a host that serves nobody, everything is forgotten', () => {
  expect(unmanaged(host, [], own).map(({ address }) => address)).toEqual([
    'unmanaged.tenant acme',
    'unmanaged.tenant site-only'
  ])
})

test('what may be of a tenant whose manifest can not be read is nobody else’s', () => {
  const unread = [...declared(siteOnly), { name: 'acme', tenant: undefined }]
  expect(unmanaged(host, unread, together({ folders: ['ghost'] })).map(({ address }) => address)).toEqual([
    'unmanaged.folder /srv/tenants/ghost'
  ])
  expect(unmanaged(host, unread, together({ entries: ['nobody_knows'] }))).toEqual([])
})
