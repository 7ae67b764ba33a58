import { expect, test } from 'vitest'
import type { Presence } from '../../../../src/github/drift/cases.ts'
import { memoryOf, tracesOf } from '../../../../src/github/drift/compare.ts'
import { decide } from '../../../../src/github/drift/decide.ts'
import type { KnownIssue } from '../../../../src/github/drift/decide.ts'
import { finding } from './sample.ts'

const now = new Date('2026-11-26T02:00:00Z')
const traces = tracesOf([finding()])

function issue(number: number, closedAt: string | null = null): KnownIssue {
  return {
    number,
    url: '',
    open: closedAt === null,
    closedAt,
    createdAt: '2026-11-01T00:00:00Z',
    body: '',
    note: { since: '2026-11-01T00:00:00Z', before: null, ...memoryOf(traces) }
  }
}

const open = issue(4)
const fresh = issue(3, '2026-11-12T02:00:00Z')
const stale = issue(2, '2026-11-12T01:59:59Z')

test.each<[Presence, string, KnownIssue[], string, number | null]>([
  ['there', 'none', [], 'create', null],
  ['there', 'one open', [open], 'refresh', 4],
  ['there', 'several open', [issue(9), open, issue(7)], 'refresh', 4],
  ['there', 'one open, one closed', [open, fresh], 'refresh', 4],
  ['there', 'one closed two weeks ago', [fresh], 'reopen', 3],
  ['there', 'one closed earlier', [stale], 'create', 2],
  ['there', 'several closed', [issue(1, '2026-11-20T00:00:00Z'), fresh, stale], 'reopen', 1],
  ['gone', 'none', [], 'nothing', null],
  ['gone', 'one open', [open], 'close', 4],
  ['gone', 'one closed', [fresh], 'nothing', null],
  ['unclear', 'none', [], 'nothing', null],
  ['unclear', 'one open', [open], 'wait', 4],
  ['unclear', 'one closed', [fresh], 'nothing', null],
  ['first-night', 'none', [], 'wait', null],
  ['first-night', 'one closed', [fresh], 'wait', null],
  // Its memory was lost.
  ['first-night', 'one open', [open], 'refresh', 4],
  ['covered', 'none', [], 'nothing', null],
  ['covered', 'one closed', [fresh], 'nothing', null],
  ['covered', 'one open', [open], 'refresh', 4]
])('%s, with %s', (presence, _, issues, expected, number) => {
  const plan = decide(presence, issues, { traces, partly: false }, now)
  expect(plan.do).toBe(expected)
  const about = plan.do === 'create' ? plan.before : 'issue' in plan ? (plan.issue?.number ?? null) : null
  expect(about).toBe(number)
})

test('the same findings are no change', () => {
  expect(decide('there', [open], { traces, partly: false }, now)).toMatchObject({ comparison: { change: null } })
})
