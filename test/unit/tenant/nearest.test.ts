import { expect, test } from 'vitest'
import { nearest } from '../../../src/tenant/nearest.ts'

const keys = [
  'domain',
  'redirects',
  'health',
  'health_seconds',
  'host',
  'host_key',
  'ports',
  'source',
  'secrets',
  'static'
]

test.each([
  ['helth', 'health'],
  ['haelth', 'health'],
  ['healthSeconds', 'health_seconds'],
  ['health-seconds', 'health_seconds'],
  ['hostKey', 'host_key'],
  ['port', 'ports'],
  ['PORTS', 'ports'],
  ['redirect', 'redirects'],
  ['sorce', 'source'],
  ['hsot', 'host'],
  ['banana', undefined],
  ['x', undefined],
  ['', undefined],
  ['constructor', undefined],
  ['d'.repeat(100000), undefined]
])('%s: %s', (word, expected) => {
  expect(nearest(word, keys)).toBe(expected)
})
