import { describe, expect, test } from 'vitest'
import { loadFleet } from '../../../src/tenant/load.ts'
import type { Path } from '../../../src/tenant/source.ts'
import { eachInItsRepository, fleetLines, host, root, tenant, write } from './repository.ts'

eachInItsRepository()

describe('what two tenants claim', () => {
  test.each([
    [
      'a port',
      [
        ['app', 'ports'],
        [4301, 4102]
      ],
      'app.ports[1]: port 4102'
    ],
    [
      'a port, the other way round',
      [
        ['app', 'ports'],
        [4102, 4301]
      ],
      'app.ports[0]: port 4102'
    ],
    ['a domain', [['app', 'domain'], 'booking.acme.example'], 'app.domain: domain "booking.acme.example"'],
    ['a redirect', [['marketing', 'redirects'], ['www.acme.example']], 'marketing.redirects[0]: domain'],
    ['a database', [['database', 'name'], 'acme'], 'database.name: database "acme"'],
    ['a role', [['database', 'role'], 'acme'], 'database.role: role "acme"'],
    ['a password', [['database', 'password'], 'ACME_DATABASE_PASSWORD'], 'database.password: the password secret']
  ] as [string, [Path, unknown], string][])('%s', (_, change, expected) => {
    write('tenants/bolt/tenant.yml', tenant('bolt', 4201, change))
    write('tenants/fleet.yml', { shared_secrets: { ACME_DATABASE_PASSWORD: ['bolt'] } })
    const lines = fleetLines()
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(
      /^tenants\/acme\/tenant\.yml:\d+:\d+: .* is taken as well by tenants\/bolt\/tenant\.yml:\d+:\d+: /
    )
    expect(lines[1]).toMatch(
      /^tenants\/bolt\/tenant\.yml:\d+:\d+: .* is taken as well by tenants\/acme\/tenant\.yml:\d+:\d+: /
    )
    expect(lines[1]).toContain(expected)
  })

  test('the same ports, database and role on two hosts are no conflict', () => {
    write('tenants/hosts/web-2.yml', host({ name: 'web-2' }))
    const changes: [Path, unknown][] = [
      [['host'], 'web-2'],
      [['database', 'name'], 'acme'],
      [['database', 'role'], 'acme']
    ]
    write('tenants/bolt/tenant.yml', tenant('bolt', 4101, ...changes))
    expect(loadFleet(root).tenants).toHaveLength(2)
  })

  test('a domain twice within one tenant', () => {
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['marketing', 'domain'], 'booking.acme.example']))
    expect(fleetLines()).toHaveLength(2)
  })

  test("a port of the host's own", () => {
    write('tenants/hosts/web-1.yml', host({ https_port: 4102 }))
    expect(fleetLines()).toEqual([
      expect.stringContaining('app.ports[1]: port 4102 is the `https_port` of the host in tenants/hosts/web-1.yml')
    ])
  })

  test.each([
    ['an account', 'operator'],
    ['a role', { role: 'operator', password: 'OPERATOR_PASSWORD' }]
  ])("the role of the databases' administrator: %s", (_, administrator) => {
    write('tenants/hosts/web-1.yml', host({ postgres: { administrator } }))
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['database', 'role'], 'operator']))
    expect(fleetLines()).toEqual([
      expect.stringContaining(
        'database.role: role "operator" is the administrator of the databases in tenants/hosts/web-1.yml'
      )
    ])
  })

  test("the password secret of the databases' administrator", () => {
    const administrator = { role: 'operator', password: 'ACME_DATABASE_PASSWORD' }
    write('tenants/hosts/web-1.yml', host({ postgres: { administrator } }))
    expect(fleetLines()).toEqual([
      expect.stringContaining("database.password: the password secret is that of the databases' administrator")
    ])
  })

  test('a file with faults of its own still counts', () => {
    write('tenants/bolt/tenant.yml', tenant('bolt', 4101, [['name'], 'BOLT']))
    expect(fleetLines().filter((line) => line.includes('port 4101'))).toHaveLength(2)
  })
})
