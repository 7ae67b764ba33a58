import { expect, test } from 'vitest'
import type { WatchedLine } from '../../../src/facts/logs.ts'
import { entriesOf, inOrder } from '../../../src/logs/merge.ts'
import { Window } from '../../../src/logs/window.ts'

const line = (source: string, seconds: number, text: string): WatchedLine => ({ source, at: seconds * 1000, text })
const texts = (lines: readonly WatchedLine[]) => lines.map(({ text }) => text).join(' ')

test.each<[string, WatchedLine[], string]>([
  ['nothing', [], ''],
  [
    'by time',
    [line('app.out', 3, 'c'), line('app.out', 4, 'd'), line('app.access', 1, 'a'), line('app.access', 5, 'e')],
    'a c d e'
  ],
  [
    'of one second, by source, whichever came first',
    ['marketing.access', 'app.access', 'app.nginx', 'app.error', 'app.out'].map((name) => line(name, 1, name)),
    'app.out app.error app.nginx app.access marketing.access'
  ],
  [
    'what belongs to a line stays behind it, among lines of the same second',
    [
      line('app.error', 1, 'thrown'),
      line('app.out', 1, 'said'),
      line('app.error', 1, 'at-1'),
      line('app.error', 1, 'at-2')
    ],
    'said thrown at-1 at-2'
  ],
  ['parts of a second count for nothing', [{ ...line('app.out', 1, 'a'), at: 1900 }, line('app.out', 1, 'b')], 'a b']
])('%s', (_, lines, expected) => expect(texts(inOrder(lines))).toBe(expected))

test('in UTC, with lane and source; what nobody asked for is left out', () => {
  const at = Date.UTC(2026, 10, 27, 0, 1, 2)
  const told = ['app.out', 'marketing.nginx', 'app.secrets', 'elsewhere.out', 'app.out.log', '__proto__'].map(
    (source) => ({
      source,
      at,
      text: source
    })
  )
  expect(entriesOf(told)).toEqual([
    { at: '2026-11-27T00:01:02Z', lane: 'app', source: 'out', text: 'app.out' },
    { at: '2026-11-27T00:01:02Z', lane: 'marketing', source: 'nginx', text: 'marketing.nginx' }
  ])
})

test('lines that come at about the same time are shown in order, each once', async () => {
  const shown: string[] = []
  const window = new Window((lines) => {
    shown.push(texts(lines))
    return Promise.resolve()
  })
  await window.add([])
  await window.empty()
  expect(shown).toEqual([])
  await window.add([line('app.access', 2, 'b')])
  await window.add([line('app.out', 1, 'a'), line('app.out', 3, 'c')])
  await window.empty()
  await window.add([line('app.out', 1, 'late')])
  await window.empty()
  expect(shown).toEqual(['a b c', 'late'])
})

test('who brings more than may wait, waits until they are shown, and what comes meanwhile is not lost', async () => {
  let shown = 0
  let go = () => {}
  const slow = new Promise<void>((resolve) => (go = resolve))
  const window = new Window(async (lines) => {
    await slow
    shown += lines.length
  })
  const many = Array.from({ length: 2500 }, () => line('app.out', 1, 'x'))
  const shownThen = window.add(many).then(() => shown)
  const more = window.add([line('app.out', 2, 'y')])
  go()
  expect(await shownThen).toBeGreaterThanOrEqual(2500)
  await more
  await window.empty()
  expect(shown).toBe(2501)
})
