import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { CredentialFact } from '../../../../src/facts/facts.ts'
import { matchesCredential, scramVerifier } from '../../../../src/resources/isolation/scram.ts'

const salt = 'W22ZaJ0SNY7soEsUEjb6gQ=='
// The example of RFC 7677, in the form in which PostgreSQL keeps it.
const keys = 'WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='

const fact = (more: Partial<CredentialFact> = {}): CredentialFact => ({
  iterations: 4096,
  salt,
  digest: createHash('sha256').update(keys).digest('hex'),
  ...more
})

test('makes the verifier of the RFC', () => {
  expect(scramVerifier('pencil', Buffer.from(salt, 'base64'))).toBe(`SCRAM-SHA-256$4096:${salt}$${keys}`)
})

test('takes another salt each time', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'))
})

test.each<[string, string, CredentialFact, boolean]>([
  ['the password', 'pencil', fact(), true],
  ['another password', 'pencil ', fact(), false],
  ['another salt', 'pencil', fact({ salt: 'AAAA' }), false],
  ['another count', 'pencil', fact({ iterations: 4095 }), false],
  ['a count that would take minutes', 'pencil', fact({ iterations: 2_000_000_000 }), false]
])('%s', (_, password, credential, matches) => {
  expect(matchesCredential(password, credential)).toBe(matches)
})
