import { expect, test } from 'vitest'
import { expired } from '../../../src/backup/retention.ts'

const now = Date.parse('2026-11-23T04:15:00Z')
const line = (daysAgo: number) => {
  const at = new Date(now - daysAgo * 86_400_000).toISOString().replace('.000Z', 'Z')
  return { id: `${at.replaceAll(/[-:]/g, '')}-a`, at, bytes: 1, sha256: 'x', by: 'somebody', server: '15.18' }
}
const left = (daysAgo: number[], count: number, days: number) => {
  const lines = daysAgo.map(line)
  const gone = expired(lines, { count, days }, now)
  return daysAgo.filter((_, index) => !gone.includes(lines[index]!.id))
}

test('by count, the oldest first, in whatever order they come', () => {
  expect(left([3, 0, 2, 1], 2, 30)).toEqual([0, 1])
  expect(left([0, 1], 2, 30)).toEqual([0, 1])
})

test('by age: what is exactly as old as it may become stays', () => {
  expect(left([0, 29, 30, 30.001, 400], 100, 30)).toEqual([0, 29, 30])
})

test('the newest stays, whatever its age', () => {
  expect(left([400, 500], 5, 30)).toEqual([400])
  expect(left([400], 1, 1)).toEqual([400])
  expect(left([], 1, 1)).toEqual([])
})
