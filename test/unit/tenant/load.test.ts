import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ManifestError } from '../../../src/tenant/complaint.ts'
import { loadFleet, loadTenant } from '../../../src/tenant/load.ts'
import { eachInItsRepository, failure, fleetLines, host, root, tenant, write } from './repository.ts'

eachInItsRepository()

test('a fleet without faults', () => {
  const fleet = loadFleet(root)
  expect(fleet.tenants.map(({ name }) => name)).toEqual(['acme', 'bolt'])
  expect(fleet.hosts.map(({ name }) => name)).toEqual(['web-1'])
  expect(loadTenant(root, 'bolt').tenant.app?.ports).toEqual([4201, 4202])
})

test('complaints of all files come at once, as file:line:column', () => {
  write('tenants/acme/tenant.yml', 'name: acme\nhost: web-1\nhelth: x\n')
  write('tenants/bolt/tenant.yml', 'name: bolt\n  host: web-1\n')
  write('tenants/hosts/web-1.yml', host({ prot: 22 }))
  const error = failure(() => loadFleet(root))
  expect(error).toBeInstanceOf(ManifestError)
  expect(error.exitCode).toBe(64)
  expect((error as ManifestError).complaints).toHaveLength(error.message.split('\n').length)
  expect(error.message).toContain('tenants/acme/tenant.yml:3:1: helth: unknown key')
  expect(error.message).toContain('tenants/bolt/tenant.yml:1:7: is not valid YAML')
  expect(error.message).toContain('tenants/hosts/web-1.yml:5:1: prot: unknown key `prot`: did you mean `port`?')
})

describe('files', () => {
  test.each([
    ['a byte order mark', new TextEncoder().encode(`\ufeff${stringify({ name: 'x' })}`), ':1:1: host: is missing'],
    ['what is not UTF-8', Buffer.from('name: \xff\n', 'latin1'), ':1:1: is not UTF-8 text'],
    ['a very large file', `# ${'x'.repeat(300 * 1024)}`, ':1:1: is larger than 256 KiB']
  ])('%s', (_, content, expected) => {
    write('tenants/acme/tenant.yml', content)
    expect(fleetLines().join('\n')).toContain(`tenants/acme/tenant.yml${expected}`)
  })

  test('a folder without tenant.yml', () => {
    mkdirSync(join(root, 'tenants/empty'))
    expect(fleetLines()).toEqual([expect.stringContaining('tenants/empty/tenant.yml:1:1: does not exist')])
  })

  test('a file with the other ending, in the wrong place, or a link', () => {
    write('tenants/coda/tenant.yaml', tenant('coda', 4301))
    write('tenants/dune.yml', tenant('dune', 4401))
    write('tenants/hosts/web-2.yaml', host())
    symlinkSync(join(root, 'tenants/acme'), join(root, 'tenants/elan'))
    mkdirSync(join(root, 'tenants/fern'))
    symlinkSync('/etc/passwd', join(root, 'tenants/fern/tenant.yml'))
    expect(fleetLines()).toEqual([
      expect.stringMatching(/^tenants\/coda\/tenant\.yml:1:1: does not exist: rename/),
      expect.stringMatching(/^tenants\/dune\.yml:1:1: .*move it to tenants\/dune\/tenant\.yml/),
      expect.stringMatching(/^tenants\/elan:1:1: .*not a link/),
      expect.stringMatching(/^tenants\/fern\/tenant\.yml:1:1: is not a plain file/),
      expect.stringMatching(/^tenants\/hosts\/web-2\.yaml:1:1: .*rename it/)
    ])
  })

  test('no tenants at all', () => {
    const error = failure(() => loadFleet(join(root, 'tenants/acme')))
    expect(error).toMatchObject({
      kind: 'manifest',
      message: expect.stringContaining('tenants cannot be read (ENOENT)')
    })
  })

  test('a name that is not its folder, and a folder name that is hostile', () => {
    write('tenants/other/tenant.yml', tenant('coda', 4301))
    write('tenants/a\nb;$(x)/tenant.yml', tenant('dune', 4401))
    const lines = fleetLines()
    expect(lines).toContain(
      'tenants/other/tenant.yml:1:7: name: is "coda", but the folder is "other": give both the same name'
    )
    expect(lines.some((line) => line.startsWith('tenants/a\\nb;$(x)/tenant.yml:1:7: '))).toBe(true)
  })

  test('an unknown host', () => {
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['host'], 'wbe-1']))
    expect(fleetLines()).toEqual([
      'tenants/acme/tenant.yml:2:7: host: there is no tenants/hosts/wbe-1.yml: did you mean `web-1`?'
    ])
  })
})

describe('a deploy', () => {
  test("is not held up by another tenant's faults", () => {
    write('tenants/bolt/tenant.yml', 'name: [')
    write('tenants/hosts/web-2.yml', 'name: web-2\n')
    expect(loadTenant(root, 'acme').host.address).toBe('web-1.example')
  })

  test('is held up by its own, and by a conflict with it', () => {
    write('tenants/bolt/tenant.yml', tenant('bolt', 4102))
    expect(failure(() => loadTenant(root, 'acme')).message).toMatch(/^tenants\/acme\/tenant\.yml:.*4102[^\n]*$/)
    write('tenants/acme/tenant.yml', 'name: acme\n')
    expect(failure(() => loadTenant(root, 'acme')).message).toContain('host: is missing')
  })

  test("is held up by its host's file", () => {
    write('tenants/hosts/web-1.yml', host({ user: 'Root' }))
    expect(failure(() => loadTenant(root, 'acme')).message).toMatch(/^tenants\/hosts\/web-1\.yml:3:7: user: /)
  })

  test.each([
    ['amce', 'did you mean "acme"? known tenants: acme, bolt'],
    ['../acme', 'known tenants: acme, bolt'],
    ['hosts', 'known tenants: acme, bolt'],
    ['', 'known tenants: acme, bolt']
  ])('of %j names those that there are', (name, remedy) => {
    expect(failure(() => loadTenant(root, name))).toMatchObject({
      kind: 'usage',
      remedy: expect.stringContaining(remedy)
    })
  })
})
