import { expect, test } from 'vitest'
import { loadOnCall } from '../../../src/tenant/judge-on-call.ts'
import { loadFleet, loadTenant } from '../../../src/tenant/load.ts'
import { onCall } from '../../../src/tenant/on-call.ts'
import { eachInItsRepository, failure, fleetLines, root, write } from './repository.ts'

eachInItsRepository()

const rotation = 'rotation: [alice, bob]\nstarts: 2026-01-05\n'

const overridden = `${rotation}overrides:
  - { from: 2026-12-24, to: 2026-12-26, login: carol }
  - { from: 2026-12-26, to: 2026-12-26, login: dave }
`

test.each([
  ['always the same', 'fixed: [alice, bob]\n', '2020-02-29T12:00:00Z', ['alice', 'bob']],
  ['the first moment of the rotation', rotation, '2026-01-05T00:00:00Z', ['alice']],
  ['the last moment of the first week', rotation, '2026-01-11T23:59:59.999Z', ['alice']],
  ['the second week', rotation, '2026-01-12T00:00:00Z', ['bob']],
  ['the third', rotation, '2026-01-19T00:00:00Z', ['alice']],
  ['a year on', rotation, '2027-01-04T00:00:00Z', ['alice']],
  ['a Sunday evening that is Monday elsewhere', rotation, '2026-01-12T00:30:00+02:00', ['alice']],
  [
    'somebody twice in a turn',
    'rotation: [alice, bob, alice]\nstarts: 2026-01-05\n',
    '2026-01-19T00:00:00Z',
    ['alice']
  ],
  ['the day before an override', overridden, '2026-12-23T23:59:59Z', ['alice']],
  ['its first moment', overridden, '2026-12-24T00:00:00Z', ['carol']],
  ['where two overlap, the later entry', overridden, '2026-12-26T00:00:00Z', ['dave']],
  ['the last moment of both', overridden, '2026-12-26T23:59:59Z', ['dave']],
  ['the day after', overridden, '2026-12-27T00:00:00Z', ['alice']],
  [
    'an override of those who always are',
    'fixed: [alice]\noverrides: [{ from: 2026-01-01, to: 2026-01-01, login: bob }]\n',
    '2026-01-01T08:00:00Z',
    ['bob']
  ],
  ['a managed user', 'fixed: [mona-lisa_acme]\n', '2026-01-01T00:00:00Z', ['mona-lisa_acme']]
])('%s', (_, text, at, logins) => {
  write('.github/on-call.yml', text)
  expect(onCall(loadOnCall(root), new Date(at))).toEqual({ logins, warning: null })
})

test.each(['2026-01-04T23:59:59Z', '2025-12-22T00:00:00Z'])('nobody before the rotation begins: %s', (at) => {
  write('.github/on-call.yml', rotation)
  const duty = onCall(loadOnCall(root), new Date(at))
  expect(duty.logins).toEqual([])
  expect(duty.warning).toContain('starts on 2026-01-05')
})

test('nobody, with a warning, where the repository does not say', () => {
  expect(loadOnCall(root)).toBeNull()
  const duty = onCall(null, new Date())
  expect(duty.logins).toEqual([])
  expect(duty.warning).toMatch(/there is no \.github\/on-call\.yml/)
  expect(() => loadFleet(root)).not.toThrow()
})

test.each([
  ['fixed: [alice]\nrotaton: [bob]\n', ':2:1: rotaton: unknown key `rotaton`: did you mean `rotation`?'],
  ['overrides: []\n', ': fixed: is missing, and so is `rotation`'],
  ['fixed: [alice]\nrotation: [bob]\nstarts: 2026-01-05\n', ':2:11: rotation: is given beside `fixed`'],
  ['rotation: [alice]\n', ': starts: is missing: a rotation has one'],
  ['fixed: [alice]\nstarts: 2026-01-05\n', ':2:9: starts: is given without `rotation`'],
  [
    'rotation: [alice]\nstarts: 2026-01-06\n',
    ':2:9: starts: "2026-01-06" is not a Monday: write a Monday, such as 2026-01-05'
  ],
  [
    'rotation: [alice]\nstarts: 2026-02-30\n',
    ':2:9: starts: "2026-02-30" is not a day: write a day that the calendar has'
  ],
  ['rotation: [alice]\nstarts: 5.1.2026\n', ':2:9: starts: "5.1.2026" is not a day: write year, month and day'],
  ['rotation: [alice]\nstarts: 20260105\n', ':2:9: starts: is a number, not text'],
  ['rotation: []\nstarts: 2026-01-05\n', ':1:11: rotation: has the wrong number of items'],
  ['fixed: []\n', ':1:8: fixed: has the wrong number of items'],
  ['fixed: [alice, alice]\n', ':1:16: fixed[1]: "alice" is listed twice'],
  [
    'fixed: ["@alice"]\n',
    ':1:9: fixed[0]: "@alice" is not the name of an account on GitHub: write the name alone, without @'
  ],
  ['fixed: [al--ice]\n', ':1:9: fixed[0]: "al--ice" is not the name'],
  ['fixed: [-alice]\n', ':1:9: fixed[0]: "-alice" is not the name'],
  ['fixed: [alice-]\n', ':1:9: fixed[0]: "alice-" is not the name'],
  [`fixed: [${'a'.repeat(40)}]\n`, ':1:9: fixed[0]: "aaaa'],
  ['fixed: ["a/b"]\n', ':1:9: fixed[0]: "a/b" is not the name'],
  ['fixed: alice\n', ':1:8: fixed: is text, not a list'],
  [
    'fixed: [alice]\noverrides:\n  - { from: 2026-12-26, to: 2026-12-24, login: bob }\n',
    ':3:29: overrides[0].to: 2026-12-24 is before 2026-12-26'
  ],
  [
    'fixed: [alice]\noverrides:\n  - { from: 2026-13-01, to: 2026-12-24, logn: bob }\n',
    ':3:13: overrides[0].from: "2026-13-01" is not a day'
  ],
  [
    'fixed: [alice]\noverrides:\n  - { from: 2026-12-23, to: 2026-12-24, logn: bob }\n',
    'overrides[0].logn: unknown key `logn`: did you mean `login`?'
  ],
  ['- alice\n', ':1:1: does not hold a map'],
  ['fixed: [alice\n', ' is not valid YAML']
])('refuses %j', (text, complaint) => {
  write('.github/on-call.yml', text)
  const message = failure(() => loadOnCall(root)).message
  expect(message).toContain('.github/on-call.yml:')
  expect(message).toContain(complaint)
})

test('a check complains about it with all else, and a deploy is not held up by it', () => {
  write('.github/on-call.yml', 'fixed: [alice]\nx: 1\n')
  expect(fleetLines()).toEqual([expect.stringMatching(/^\.github\/on-call\.yml:2:1: x: unknown key/)])
  expect(loadTenant(root, 'acme').tenant.name).toBe('acme')
})

test('the other ending is not overlooked', () => {
  write('.github/on-call.yaml', 'fixed: [alice]\n')
  expect(fleetLines()).toEqual([expect.stringContaining('rename ".github/on-call.yaml"')])
})
