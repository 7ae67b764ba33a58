import { expect, test } from 'vitest'
import { loadTenants, surveyHosts, type Choice } from '../../../src/tenant/choose.ts'
import { eachInItsRepository, failure, host, root, tenant, write } from './repository.ts'

eachInItsRepository()

const chosen = (choice: Choice) => loadTenants(root, choice).chosen.map(({ tenant, host }) => [tenant.name, host.name])

test.each<[string, Choice, string[][]]>([
  [
    'all',
    'all',
    [
      ['acme', 'web-1'],
      ['bolt', 'web-1'],
      ['crow', 'web-2']
    ]
  ],
  [
    'by name',
    { tenants: ['crow', 'acme'] },
    [
      ['acme', 'web-1'],
      ['crow', 'web-2']
    ]
  ],
  [
    'of a host',
    { hosts: ['web-1'] },
    [
      ['acme', 'web-1'],
      ['bolt', 'web-1']
    ]
  ]
])('%s, each with its host', (_, choice, expected) => {
  write('tenants/crow/tenant.yml', tenant('crow', 4301, [['host'], 'web-2']))
  write('tenants/hosts/web-2.yml', host({ name: 'web-2' }))
  expect(chosen(choice)).toEqual(expected)
  // What stands on a host is compared with all tenants, chosen or not.
  expect(loadTenants(root, choice).declared.map(({ name, host }) => [name, host])).toEqual([
    ['acme', 'web-1'],
    ['bolt', 'web-1'],
    ['crow', 'web-2']
  ])
})

test('a tenant with faults is told, and the others are loaded', () => {
  write('tenants/bolt/tenant.yml', tenant('bolt', 4201, [['app', 'health'], 'no path']))
  const { chosen, broken, declared } = loadTenants(root, 'all')
  expect(chosen.map(({ tenant }) => tenant.name)).toEqual(['acme'])
  expect(broken.map(({ name, host, error }) => [name, host, error.message.split(':', 1)])).toEqual([
    ['bolt', 'web-1', ['tenants/bolt/tenant.yml']]
  ])
  expect(declared.map(({ name, tenant }) => [name, tenant?.name])).toEqual([
    ['acme', 'acme'],
    ['bolt', undefined]
  ])
})

test('a host that only somebody else needs may be out of reach', () => {
  write('tenants/hosts/web-2.yml', { name: 'web-2', from: '.sandbox/host.json' })
  write('tenants/bolt/tenant.yml', tenant('bolt', 4201, [['host'], 'web-2']))
  expect(loadTenants(root, { tenants: ['acme'] })).toMatchObject({ broken: [] })
  expect(loadTenants(root, 'all').broken.map(({ name }) => name)).toEqual(['bolt'])
})

test.each<[Choice, string, string]>([
  [{ tenants: ['acme', 'blot'] }, 'there is no tenant "blot"', 'did you mean "bolt"? known tenants: acme, bolt'],
  [{ hosts: ['web1'] }, 'there is no host "web1"', 'did you mean "web-1"? known hosts: web-1']
])('%j is refused', (choice, message, remedy) => {
  expect(failure(() => loadTenants(root, choice))).toMatchObject({ kind: 'usage', message, remedy })
})

test('which tenants are on which host is known without any of them', () => {
  write('tenants/hosts/idle.yml', host({ name: 'idle' }))
  write('tenants/hosts/harbour.yml', { name: 'harbour', kind: 'local', user: 'deploy' })
  write('tenants/bolt/tenant.yml', tenant('bolt', 4201, [['host'], 'harbour'], [['app', 'health'], 'no path']))
  const { hosts, complaints } = surveyHosts(root)
  expect(hosts).toEqual([
    { name: 'harbour', kind: 'local', tenants: ['bolt'] },
    { name: 'idle', kind: 'ssh', tenants: [] },
    { name: 'web-1', kind: 'ssh', tenants: ['acme'] }
  ])
  expect(complaints.map(({ file }) => file)).toEqual(['tenants/bolt/tenant.yml'])
})

test('a host that nobody is on is looked at where it was asked for', () => {
  write('tenants/hosts/idle.yml', host({ name: 'idle' }))
  const idle = (choice: Choice) => loadTenants(root, choice).idle.map(({ name }) => name)
  expect([idle('all'), idle({ hosts: ['idle'] }), idle({ hosts: ['web-1'] }), idle({ tenants: ['acme'] })]).toEqual([
    ['idle'],
    ['idle'],
    [],
    []
  ])
})
