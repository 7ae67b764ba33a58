import { expect, test } from 'vitest'
import { compare, keyOf, memoryOf, tracesOf } from '../../../../src/github/drift/compare.ts'
import type { Note } from '../../../../src/github/drift/marker.ts'
import type { DoctorFinding } from '../../../../src/report/doctor-report.ts'
import { finding } from './sample.ts'

function noteOf(findings: DoctorFinding[]): Note {
  return { since: '2026-11-26T02:00:00Z', before: null, ...memoryOf(tracesOf(findings)) }
}

const differing = (actual: string, expected = '0640', attribute = 'mode') => ({
  differences: [{ attribute, expected, actual }]
})

test.each<[string, Partial<DoctorFinding>]>([
  ['a count that goes down', differing('11 days left')],
  ['another diff', { ...differing('12 days left'), diff: '+x' }],
  ['another remedy', { ...differing('12 days left'), remedy: 'do it by hand' }],
  ['another host', { ...differing('12 days left'), host: 'web-2' }],
  [
    'another consequence',
    { ...differing('12 days left'), consequences: [{ tenant: null, address: 'a', summary: 's' }] }
  ]
])('%s is the same finding', (_, changes) => {
  const before = noteOf([finding(differing('12 days left'))])
  expect(compare(before, tracesOf([finding(changes)]), false).change).toBeNull()
})

test.each<[string, Partial<DoctorFinding>]>([
  ['another verdict', { ...differing('12 days left'), verdict: 'missing' }],
  ['another word', differing('12 hours left')],
  ['another expectation', differing('12 days left', '0600')],
  ['another attribute', differing('12 days left', '0640', 'owner')],
  ['no difference at all', { differences: [] }]
])('%s is a change', (_, changes) => {
  const before = noteOf([finding(differing('12 days left'))])
  expect(compare(before, tracesOf([finding(changes)]), false).change).toEqual({
    added: [],
    gone: [],
    changed: ['app.environment']
  })
})

test.each([
  ['9 % (1,204)', '7 % (913)'],
  ['9 % (1.2 GiB)', '7 % (913 MiB)'],
  ['5, the last 3 minutes ago', '11, the last less than a minute ago'],
  ['2 days left', '1 day left'],
  ['pending for linux-image and 3 more', 'pending for linux-image and 11 more'],
  ['30 seconds behind', '41 seconds behind']
])('what grows or shrinks is the same: %s, %s', (before, now) => {
  const [then, later] = [before, now].map((actual) => finding(differing(actual)))
  expect(compare(noteOf([then!]), tracesOf([later!]), false).change).toBeNull()
})

test.each([
  ['status 404', 'status 502'],
  ['0755', '0777'],
  ['4101', '4203'],
  ['200 from 20261123T015753Z-0eec865', '200 from 20261124T015753Z-0eec865'],
  ['301 to https://a.test/1', '301 to https://a.test/2']
])('what is another is a change: %s, %s', (before, now) => {
  const [then, later] = [before, now].map((actual) => finding(differing(actual)))
  expect(compare(noteOf([then!]), tracesOf([later!]), false).change).not.toBeNull()
})

test('the order of findings and differences does not matter', () => {
  const [one, other] = [finding({ address: 'a' }), finding({ address: 'b' })]
  expect(compare(noteOf([one, other]), tracesOf([other, one]), false).change).toBeNull()
  const differences = [...differing('x').differences, ...differing('y', 'z', 'owner').differences]
  const reversed = finding({ differences: differences.toReversed() })
  expect(compare(noteOf([finding({ differences })]), tracesOf([reversed]), false).change).toBeNull()
})

test('several findings at one address are compared together', () => {
  const before = noteOf([finding(differing('a')), finding(differing('b'))])
  expect(before.found).toHaveLength(1)
  expect(compare(before, tracesOf([finding(differing('a'))]), false).change).toMatchObject({
    changed: ['app.environment']
  })
})

test('why something could not be looked at counts, without its numbers', () => {
  const lost = (cause: string) => finding({ verdict: 'unknown', differences: [], cause })
  const before = noteOf([lost('no answer after 10.2 s')])
  expect(compare(before, tracesOf([lost('no answer after 9.8 s')]), false).change).toBeNull()
  expect(compare(before, tracesOf([lost('the key is another')]), false).change).not.toBeNull()
})

test('what came, went and changed', () => {
  const before = noteOf(['a', 'b', 'c'].map((address) => finding({ address })))
  const now = [finding({ address: 'b' }), finding({ address: 'c', verdict: 'missing' }), finding({ address: 'd' })]
  expect(compare(before, tracesOf(now), false)).toEqual({
    memory: memoryOf(tracesOf(now)),
    change: { added: ['d'], gone: ['a'], changed: ['c'] },
    kept: []
  })
})

test('beside what could not be looked at nothing is gone, and it is not forgotten', () => {
  const before = noteOf(['a', 'b'].map((address) => finding({ address })))
  const partly = compare(before, tracesOf([finding({ address: 'b' })]), true)
  expect(partly).toMatchObject({ change: null, kept: ['a'], memory: { total: 2 } })
  const next = { ...before, ...partly.memory }
  expect(compare(next, tracesOf([finding({ address: 'b' })]), false).change).toMatchObject({ gone: ['a'] })
  expect(compare(next, tracesOf(['a', 'b'].map((address) => finding({ address }))), false).change).toBeNull()
})

test('without a note of the night before nothing is news', () => {
  const now = tracesOf([finding()])
  expect(compare(null, now, false)).toEqual({ memory: memoryOf(now), change: null, kept: [] })
})

test('where not all was remembered, it is compared as a whole', () => {
  const all = tracesOf(Array.from({ length: 9 }, (_, at) => finding({ address: `a.${at}` })))
  const before: Note = { since: '2026-11-26T02:00:00Z', before: null, ...memoryOf(all), found: all.slice(0, 3) }
  expect(compare(before, all, false).change).toBeNull()
  expect(compare(before, all.slice(1), false).change).toBe('untold')
  // Of a part nothing can be said, and what was remembered stays.
  expect(compare(before, all.slice(1), true)).toMatchObject({ change: null, memory: { print: before.print, total: 9 } })
})

test('long addresses are told apart', () => {
  const [one, other] = ['a', 'b'].map((end) => keyOf(`${'x'.repeat(500)}${end}`))
  expect(one).not.toBe(other)
  expect(one!.length).toBeLessThanOrEqual(100)
  expect(keyOf('app.environment')).toBe('app.environment')
})
