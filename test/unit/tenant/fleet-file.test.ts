import { expect, test } from 'vitest'
import { judgeFleet } from '../../../src/tenant/judge-fleet.ts'
import { loadFleet, loadTenant } from '../../../src/tenant/load.ts'
import { eachInItsRepository, fleetLines, root, tenant, write } from './repository.ts'

eachInItsRepository()

test('without the file there are the defaults, and with it what it says', () => {
  expect(judgeFleet(root)).toEqual({
    fleet: { at_once: 10, failures: 1, shared_secrets: {} },
    source: null,
    complaints: []
  })
  write('tenants/fleet.yml', 'at_once: 3\n')
  expect(judgeFleet(root)).toMatchObject({ fleet: { at_once: 3, failures: 1 }, complaints: [] })
  write('tenants/fleet.yml', 'at_once: 256\nfailures: 10000\n')
  expect(judgeFleet(root).fleet).toMatchObject({ at_once: 256, failures: 10_000 })
  expect(() => loadFleet(root)).not.toThrow()
})

test.each([
  [
    'at_once: 0\n',
    'tenants/fleet.yml:1:10: at_once: 0 is not a whole number from 1 to 256: write a whole number from 1 to 256, such as 10'
  ],
  [
    'failures: 1.5\n',
    'tenants/fleet.yml:1:11: failures: 1.5 is not a whole number from 1 to 10000: write a whole number from 1 to 10000, such as 1'
  ],
  [
    'at_once: 257\n',
    'tenants/fleet.yml:1:10: at_once: 257 is not a whole number from 1 to 256: write a whole number from 1 to 256, such as 10'
  ],
  ['at_once: "3"\n', 'tenants/fleet.yml:1:10: at_once: is text, not a number: write it without quotes: 3'],
  ['at-once: 3\n', 'tenants/fleet.yml:1:1: at-once: unknown key `at-once`: did you mean `at_once`?'],
  ['', 'tenants/fleet.yml:1:1: is empty: write lines of the form `key: value`']
])('%j is complained about where it stands', (text, line) => {
  write('tenants/fleet.yml', text)
  expect(fleetLines()).toEqual([line])
  // It is no fault of a tenant's: what is deployed by name is not held up.
  expect(() => loadTenant(root, 'acme')).not.toThrow()
})

test('another ending is not read, and says so', () => {
  write('tenants/fleet.yaml', 'at_once: 3\n')
  expect(fleetLines()).toEqual(['tenants/fleet.yaml:1:1: is not read by anything: rename it so that it ends in .yml'])
})

test.each([
  ['yes', 'is text, not true or false: write true or false, such as true'],
  [1, 'is a number, not true or false: write true or false, such as true']
])('canary: %s is no answer', (value, complaint) => {
  write('tenants/acme/tenant.yml', tenant('acme', 4101, [['canary'], value]))
  expect(fleetLines()).toEqual([expect.stringContaining(`canary: ${complaint}`)])
})
