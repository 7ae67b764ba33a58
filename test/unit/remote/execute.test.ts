import { expect, test } from 'vitest'
import { excerpt, tail } from '../../../src/remote/execute.ts'

const numbered = (count: number, prefix = 'line') => Array.from({ length: count }, (_, n) => `${prefix} ${n}`)

test('the tail of a log is its last whole lines, and about 4 KiB', () => {
  expect(tail(`${numbered(50).join('\n')}\n\n`)).toBe(numbered(50).slice(-40).join('\n'))
  expect(tail(`${'secret '.repeat(500)}\n${'x'.repeat(3000)}\nend`)).toBe(`${'x'.repeat(3000)}\nend`)
  expect(tail('x'.repeat(10_000))).toHaveLength(8192)
  expect(tail('')).toBe('')
})

test('an excerpt begins where the log first speaks of an error, and ends with its tail', () => {
  const usage = numbered(60, 'usage')
  const log = [...numbered(5), 'npm ERROR the lockfile is out of step', ...usage].join('\n')
  const [cause, rest] = excerpt(log).split('\n…\n')
  expect(cause!.split('\n')[0]).toBe('npm ERROR the lockfile is out of step')
  expect(cause!.split('\n')).toHaveLength(12)
  expect(rest).toBe(usage.slice(-40).join('\n'))
})

test.each([
  ['that speaks of none', numbered(60).join('\n')],
  ['whose tail has it anyway', ['a', 'Error: b', ...numbered(10)].join('\n')]
])('a log %s is its tail', (_, log) => {
  expect(excerpt(log)).toBe(tail(log))
})
