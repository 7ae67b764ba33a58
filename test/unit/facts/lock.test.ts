import { expect, test } from 'vitest'
import { isHeld, lookAtLock } from '../../../src/facts/lock.ts'

const locks = `1: POSIX  ADVISORY  WRITE 811 00:1a:1187 0 EOF
2: FLOCK  ADVISORY  WRITE 4242 08:01:131090 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4243 08:01:77 0 EOF
`

test.each([
  ['held', 131090, true],
  ['locked by another kind of lock', 1187, false],
  ['only waited for', 77, false],
  ['another whose number ends the same', 31090, false],
  ['free', 5, false]
])('%s', (_, inode, held) => {
  expect(isHeld(locks, inode)).toBe(held)
})

test('a file that is not there is held by nobody', async () => {
  expect(await lookAtLock({ kind: 'lock', path: '/nowhere/lock' })).toEqual({ held: false, told: '' })
})
