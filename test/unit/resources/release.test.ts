import { expect, test } from 'vitest'
import type { FileFact, ReleasesFact } from '../../../src/facts/facts.ts'
import { readRecord, type ReleaseRecord } from '../../../src/resources/record.ts'
import { releaseResource } from '../../../src/resources/release.ts'
import { absent, file, layout, LIVE, OLD } from './acme.ts'

const record: ReleaseRecord = {
  version: 1,
  id: LIVE,
  at: '2026-11-22T10:15:00.000Z',
  by: 'zoe',
  commit: null,
  run: null,
  recipe: { build: 'npm run build', start: 'node x' },
  lockfile: null,
  files: { 'a\nb': { sha256: 'ab', executable: false, bytes: 1 }, l: { link: 'a', executable: false, bytes: 1 } }
}
const recordFile = (changes: object = {}) => file(JSON.stringify({ ...record, ...changes }))
const releases = (current: string | null): ReleasesFact => ({ current, present: [OLD, LIVE], log: [] })

test.each<[string, ReleasesFact, FileFact, string, string[]]>([
  ['made as the manifest says', releases(LIVE), recordFile(), 'in-sync', []],
  ['nothing is live', releases(null), absent, 'missing', ['current: a release, missing']],
  [
    'current leads nowhere',
    releases('gone'),
    absent,
    'drifted',
    ['current: a release, points to gone, which is not there']
  ],
  ['no record', releases(LIVE), absent, 'missing', ['record: .tenant/release.json, missing']],
  [
    'another recipe',
    releases(LIVE),
    recordFile({ recipe: { build: 'make', install: 'npm ci' } }),
    'drifted',
    ['build: npm run build, make', 'start: node x, not set', 'install: not set, npm ci']
  ]
])('a live release: %s', (_, fact, made, verdict, differences) => {
  const found = releaseResource(layout, 'app', record.recipe).compare({ releases: fact, record: made })
  expect(found.verdict).toBe(verdict)
  expect(found.differences.map(({ attribute, expected, actual }) => `${attribute}: ${expected}, ${actual}`)).toEqual(
    differences
  )
})

test('a record is read as it was written', () => {
  expect(readRecord(recordFile())).toEqual(record)
  expect(readRecord(absent)).toBeNull()
})

test.each<[string, FileFact, RegExp]>([
  ['is too large', { exists: true, bytes: 10 ** 9 }, /too large/],
  ['is no JSON', file('{'), /JSON/],
  ['is empty', file(''), /JSON/],
  ['is of another kind', file('[]'), /changed on the host/],
  ['has another version', recordFile({ version: 2 }), /changed on the host/],
  ['lacks a key', recordFile({ files: undefined }), /changed on the host/],
  ['has one more', recordFile({ extra: 1 }), /changed on the host/]
])('a record that %s is refused', (_, fact, why) => {
  expect(() => readRecord(fact)).toThrow(why)
})
