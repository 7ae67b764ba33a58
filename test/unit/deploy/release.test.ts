import { describe, expect, test } from 'vitest'
import { newReleaseId, prunable, releaseLines, rollbackTarget } from '../../../src/deploy/release.ts'
import type { LogLine, ReleasesFact } from '../../../src/facts/facts.ts'
import { thrownBy } from '../thrown.ts'

/** Made one second after the other; the commits sort the other way round. */
const ids = Array.from({ length: 9 }, (_, n) => `20261122T09150${n}Z-${String(9 - n).repeat(7)}`)
const id = (n: number) => ids[n]!

function line(release: string, event: LogLine['event'], more: Partial<LogLine> = {}): LogLine {
  return { at: '2026-11-22T09:15:00Z', lane: 'app', release, event, by: 'zoe', commit: null, run: null, ...more }
}

const histories = {
  healthy: ['started', 'healthy', 'published'],
  failed: ['started', 'failed'],
  'failed late': ['started', 'healthy', 'failed'],
  'rolled back': ['started', 'healthy', 'published', 'rolled-back'],
  'back again': ['started', 'healthy', 'published', 'rolled-back', 'published'],
  incomplete: ['started'],
  'cut off before the rename': ['started', 'healthy'],
  unlogged: []
} satisfies Record<string, LogLine['event'][]>

/** Releases with these histories, the oldest first. */
function releases(states: (keyof typeof histories)[], current: number | null): ReleasesFact {
  return {
    current: current === null ? null : id(current),
    present: states.map((_, n) => id(n)),
    log: states.flatMap((state, n) => histories[state].map((event) => line(id(n), event)))
  }
}

describe('the state of a release', () => {
  test.each([
    ['healthy', 'healthy'],
    ['failed', 'failed'],
    ['failed late', 'failed'],
    ['rolled back', 'rolled back'],
    ['back again', 'healthy'],
    ['incomplete', 'incomplete'],
    ['cut off before the rename', 'incomplete'],
    ['unlogged', 'incomplete']
  ] as const)('%s', (history, state) => {
    expect(releaseLines('app', releases([history], null))[0]).toMatchObject({ id: id(0), state })
  })

  test('the live one is live whatever its log says', () => {
    expect(releaseLines('app', releases(['failed', 'unlogged'], 0)).map(({ state }) => state)).toEqual([
      'incomplete',
      'live'
    ])
  })

  test('newest first, with who made it', () => {
    const log = [
      line(id(0), 'started', { at: 'early', by: 'zoe', commit: 'abc', run: 'https://run/1' }),
      line(id(0), 'healthy', { at: 'later', by: 'zoe', commit: 'abc', run: 'https://run/1' }),
      line(id(0), 'rolled-back', { at: 'last', by: 'max', commit: 'def', run: 'https://run/2' })
    ]
    expect(releaseLines('app', { current: id(1), present: [id(0), id(1)], log })).toEqual([
      { lane: 'app', id: id(1), state: 'live', at: '', by: '', commit: null, run: null },
      { lane: 'app', id: id(0), state: 'rolled back', at: 'early', by: 'zoe', commit: 'abc', run: 'https://run/1' }
    ])
  })
})

describe('a rollback returns to', () => {
  test.each<[string, ReleasesFact, number]>([
    ['the one before', releases(['healthy', 'healthy', 'healthy'], 2), 1],
    ['the one before a failed one', releases(['healthy', 'failed', 'healthy'], 2), 0],
    ['the one before a rolled back one', releases(['healthy', 'rolled back', 'healthy'], 2), 0],
    ['the one before an incomplete one', releases(['healthy', 'incomplete', 'unlogged', 'healthy'], 3), 0],
    ['one that was rolled back and published again', releases(['healthy', 'back again', 'healthy'], 2), 1],
    ['what is older, though newer ones are there', releases(['healthy', 'healthy', 'rolled back', 'failed'], 1), 0],
    ['one before a live release whose folder is gone', { ...releases(['healthy', 'healthy'], 1), current: id(5) }, 1]
  ])('%s', (_, fact, target) => {
    expect(rollbackTarget('app', fact)).toBe(id(target))
  })

  test.each<[string, ReleasesFact, string]>([
    ['nothing is live', releases(['healthy'], null), 'nothing is live in the app lane'],
    ['it is the first', releases(['healthy'], 0), `there is no healthy app release before ${id(0)}`],
    [
      'only newer ones are healthy',
      releases(['healthy', 'healthy'], 0),
      `there is no healthy app release before ${id(0)}`
    ],
    [
      'no other was ever healthy',
      releases(['failed', 'incomplete', 'rolled back', 'healthy'], 3),
      `there is no healthy app release before ${id(3)}`
    ]
  ])('nothing where %s', (_, fact, message) => {
    expect(thrownBy(() => rollbackTarget('app', fact))).toMatchObject({ kind: 'no-release', message, exitCode: 2 })
  })
})

describe('too old to keep', () => {
  const healthy = (count: number) => Array<'healthy'>(count).fill('healthy')

  test.each<[string, ReleasesFact, number[]]>([
    ['none of five', releases(healthy(5), 4), []],
    ['what is beyond five', releases(healthy(7), 6), [1, 0]],
    ['not the live one', releases(healthy(8), 0), [2, 1]],
    ['not the one that a rollback would return to', releases(healthy(8), 2), [0]],
    [
      'not the one before a row of failures',
      releases(['healthy', 'healthy', ...Array<'failed'>(5).fill('failed'), 'healthy'], 7),
      [2, 0]
    ],
    ['nothing live', releases(healthy(6), null), [0]],
    ['nothing there', releases([], null), []]
  ])('%s', (_, fact, old) => {
    expect(prunable('app', fact)).toEqual(old.map(id))
    if (fact.current !== null && fact.present.some((other) => other < fact.current!)) {
      expect(prunable('app', fact)).not.toContain(rollbackTarget('app', fact))
    }
  })
})

describe('a new id sorts behind all before it', () => {
  const now = new Date('2026-11-22T09:15:00.900Z')
  const none: ReleasesFact = { current: null, present: [], log: [] }
  const commit = '0'.repeat(40)

  test.each<[string, ReleasesFact, string]>([
    ['the first', none, '20261122T091500Z-0000000'],
    ['after an older one', { ...none, present: ['20261122T091459Z-fffffff'] }, '20261122T091500Z-0000000'],
    [
      'in the same second, of the same commit',
      { ...none, present: ['20261122T091500Z-0000000'] },
      '20261122T091501Z-0000000'
    ],
    [
      'in the same second, of another commit',
      { ...none, present: ['20261122T091500Z-fffffff'] },
      '20261122T091501Z-0000000'
    ],
    ['where a clock was ahead', { ...none, present: ['20261231T235959Z-local'] }, '20270101T000000Z-0000000'],
    [
      'where the folder is gone, but not the log',
      { ...none, log: [line('20261122T091500Z-fffffff', 'failed')] },
      '20261122T091501Z-0000000'
    ],
    [
      'where a folder is none of ours',
      { ...none, present: ['99990101', 'tmp', '20261399T999999Z-local'] },
      '20261122T091500Z-0000000'
    ]
  ])('%s', (_, known, expected) => {
    expect(newReleaseId(commit, known, now)).toBe(expected)
  })

  test('many within one second stay in the order in which they were made', () => {
    const made: string[] = []
    for (const digit of 'f0e1d2c3b4a5') made.push(newReleaseId(digit.repeat(40), { ...none, present: made }, now))
    expect(made.toSorted()).toEqual(made)
    expect(new Set(made).size).toBe(12)
  })
})
