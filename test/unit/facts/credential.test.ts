import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readCredential } from '../../../src/facts/credential.ts'

const keys = 'c3RvcmVk:c2VydmVy'

test('of a SCRAM credential the salt and a digest are told, and no key', () => {
  const fact = readCredential(`SCRAM-SHA-256$4096:c2FsdA==$${keys}`)
  expect(fact).toEqual({
    iterations: 4096,
    salt: 'c2FsdA==',
    digest: createHash('sha256').update(keys).digest('hex')
  })
  for (const key of keys.split(':')) expect(JSON.stringify(fact)).not.toContain(key)
})

test.each([
  null,
  '',
  'hunter22',
  'md545f2603610af569b6155c45067268c6b',
  `SCRAM-SHA-1$4096:c2FsdA==$${keys}`,
  `SCRAM-SHA-256$4096:c2FsdA==$${keys} `,
  'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk'
])('%j is none', (secret) => {
  expect(readCredential(secret)).toBeNull()
})
