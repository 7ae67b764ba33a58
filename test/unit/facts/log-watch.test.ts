import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchLogs } from '../../../src/facts/log-watch.ts'
import type { WatchMessage, WatchRequest } from '../../../src/facts/logs.ts'

let folder: string
let ending: AbortController
let watching: Promise<void> | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logs-'))
  ending = new AbortController()
})

afterEach(async () => {
  ending.abort()
  await watching
  watching = undefined
  rmSync(folder, { recursive: true })
})

const NOON = new Date(2026, 10, 27, 12).getTime()
/** A line as PM2 writes it, so many seconds after noon. */
const line = (seconds: number, text: string) => {
  const at = new Date(NOON + seconds * 1000)
  const two = (part: number) => String(part).padStart(2, '0')
  return `2026-11-27T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}: ${text}\n`
}
const write = (name: string, text: string, modified?: number) => {
  writeFileSync(join(folder, name), text)
  if (modified !== undefined) utimesSync(join(folder, name), new Date(), new Date(NOON + modified * 1000))
}
const add = (name: string, text: string) => appendFileSync(join(folder, name), text)

/** What is told so far: texts of lines, in order, and everything else. */
function watchIt(request: Partial<WatchRequest> & { name?: string } = {}) {
  const { name = '*.out.log', ...others } = request
  const texts: string[] = []
  const ats: number[] = []
  const messages: Exclude<WatchMessage, { kind: 'lines' }>[] = []
  const tell = (message: WatchMessage) => {
    if (message.kind !== 'lines') messages.push(message)
    else {
      texts.push(...message.lines.map(({ text }) => text))
      ats.push(...message.lines.map(({ at }) => (at - NOON) / 1000))
    }
    return Promise.resolve()
  }
  const sources = { app: { folder, name, format: 'pm2' as const } }
  watching = watchLogs({ sources, lines: 100, since: null, follow: false, ...others }, tell, ending.signal)
  return { texts, ats, messages, done: watching }
}

async function told(request: Parameters<typeof watchIt>[0] = {}) {
  const watched = watchIt(request)
  await watched.done
  return watched
}

async function followed(request: Parameters<typeof watchIt>[0] = {}) {
  const watched = watchIt({ ...request, follow: true })
  await vi.waitUntil(() => watched.messages.some(({ kind }) => kind === 'ready'))
  return {
    ...watched,
    until: (text: string) => vi.waitUntil(() => watched.texts.includes(text), { timeout: 10_000, interval: 20 })
  }
}

const ready = { kind: 'ready', missing: [], cut: [] }

test('nothing there, or no folder, is missing', async () => {
  expect((await told()).messages).toEqual([{ ...ready, missing: ['app'] }])
  rmSync(folder, { recursive: true })
  expect((await told()).messages).toEqual([{ ...ready, missing: ['app'] }])
  mkdirSync(folder)
})

test('a line without a time has that of the one before it, the first ones that of the one behind', async () => {
  write('a.out.log', `torn\n${line(1, 'thrown')}  at one\n  at two\r\n${line(3, 'on')}not whole yet`)
  const { texts, ats, messages } = await told()
  expect(texts).toEqual(['torn', 'thrown', '  at one', '  at two', 'on'])
  expect(ats).toEqual([1, 1, 1, 1, 3])
  expect(messages).toEqual([ready])
})

test('lines that all lack a time have that of the file', async () => {
  write('a.out.log', 'one\ntwo\n', 60)
  expect((await told()).ats).toEqual([60, 60])
})

test.each([
  [0, []],
  [1, ['f']],
  [2, ['e', 'f']],
  [4, ['c', 'd', 'e', 'f']],
  [100, ['a', 'b', 'c', 'd', 'e', 'f']]
])('the last %i lines, of all files of the log, by time', async (lines, expected) => {
  // One release ends while the next one has begun.
  write('1.out.log', line(1, 'a') + line(2, 'b') + line(4, 'd'), 4)
  write('2.out.log', line(3, 'c') + line(5, 'e') + line(6, 'f'), 6)
  write('2.error.log', line(7, 'of another log'), 7)
  expect((await told({ lines })).texts).toEqual(expected)
})

test('what logrotate put aside, packed or not, however it names it', async () => {
  write('a.out.log', line(9, 'today'), 9)
  write('a.out.log.1', line(7, 'yesterday'), 7)
  writeFileSync(join(folder, 'a.out.log.2.gz'), gzipSync(line(5, 'before') + line(6, 'then')))
  write('a.out.log-20261126', line(4, 'by date'), 4)
  write('a.out.log.bak', line(8, 'not a log'), 8)
  write('a.out.logs', line(8, 'not a log'), 8)
  const all = ['by date', 'before', 'then', 'yesterday', 'today']
  utimesSync(join(folder, 'a.out.log.2.gz'), new Date(), new Date(NOON + 6000))
  expect((await told({ name: 'a.out.log' })).texts).toEqual(all)
  expect((await told({ name: '*.out.log' })).texts).toEqual(all)
  expect((await told({ name: 'b.out.log' })).texts).toEqual([])
})

test('since a time: lines and files from before are left out', async () => {
  write('a.out.log', line(1, 'a') + line(2, 'b') + '  of b\n' + line(3, 'c'), 3)
  write('a.out.log.1', 'without a time\n', 1)
  const since = (seconds: number) => told({ since: NOON + seconds * 1000 })
  expect((await since(2)).texts).toEqual(['b', '  of b', 'c'])
  expect((await since(4)).texts).toEqual([])
  expect((await since(0)).texts).toEqual(['without a time', 'a', 'b', '  of b', 'c'])
})

test('of a large log only the end is read, and of a long line the beginning is told', async () => {
  const long = 'x'.repeat(100_000)
  write('a.out.log', line(1, 'first') + line(2, long).repeat(120) + line(3, 'last'))
  const { texts, messages } = await told({ lines: 1000 })
  expect(messages).toEqual([{ ...ready, cut: ['app'] }])
  expect(texts).not.toContain('first')
  expect(texts.at(-1)).toBe('last')
  expect(texts[0]!.length).toBe(64 * 1024 - '2026-11-27T12:00:02: '.length)
  expect(texts[0]).toMatch(/^x+$/)
  expect((await told({ lines: 3 })).messages).toEqual([ready])
})

test('bytes that are no UTF-8 are told as what they are not', async () => {
  writeFileSync(join(folder, 'a.out.log'), Buffer.from([0xff, 0x41, 0xc3, 0x0a]))
  expect((await told()).texts).toEqual(['\ufffdA\ufffd'])
})

test('a link or a pipe in the place of a log is not read, and the rest is', async () => {
  write('a.out.log', line(1, 'fine'))
  write('secret', 'hidden\n')
  symlinkSync('secret', join(folder, 'b.out.log'))
  execFileSync('mkfifo', [join(folder, 'c.out.log')])
  const { texts, messages } = await told()
  expect(texts).toEqual(['fine'])
  const odd = ['b', 'c'].map((name) => `${folder}/${name}.out.log is not a regular file`)
  expect(messages.map((message) => ('cause' in message ? message.cause : message.kind)).sort()).toEqual(
    [...odd, 'ready'].sort()
  )
})

test('a packed log that is broken is told of, and the rest is read', async () => {
  write('a.out.log', line(2, 'fine'))
  write('a.out.log.1.gz', 'not packed')
  const { texts, messages } = await told()
  expect(texts).toEqual(['fine'])
  expect(messages[0]).toMatchObject({
    kind: 'trouble',
    source: 'app',
    cause: expect.stringMatching(/header/) as string
  })
})

test('followed: what is added is told once it is a whole line', async () => {
  write('a.out.log', line(1, 'old') + 'begun ')
  const { texts, until } = await followed({ lines: 1 })
  add('a.out.log', 'and ended\n' + line(2, 'new') + 'next')
  await until('new')
  add('a.out.log', ' one\n')
  await until('next one')
  expect(texts).toEqual(['old', 'begun and ended', 'new', 'next one'])
})

test('followed: only new lines, where no old ones are wanted', async () => {
  write('a.out.log', line(1, 'old'))
  const { texts, until } = await followed({ lines: 0 })
  add('a.out.log', line(2, 'new'))
  await until('new')
  expect(texts).toEqual(['new'])
})

test('followed through a rotation: the last lines of the old file and the first of the new one', async () => {
  write('a.out.log', line(1, 'old'))
  const { texts, until } = await followed()
  renameSync(join(folder, 'a.out.log'), join(folder, 'a.out.log.1'))
  add('a.out.log.1', line(2, 'late'))
  write('a.out.log', line(3, 'fresh'))
  await until('fresh')
  add('a.out.log.1', line(4, 'very late'))
  await until('very late')
  expect(texts.toSorted()).toEqual(['fresh', 'late', 'old', 'very late'])
})

test('followed through one that copies and empties the file', async () => {
  write('a.out.log', line(1, 'a long line from before'))
  const { texts, until } = await followed()
  copyFileSync(join(folder, 'a.out.log'), join(folder, 'a.out.log.1'))
  truncateSync(join(folder, 'a.out.log'))
  add('a.out.log', line(2, 'new'))
  await until('new')
  expect(texts).toEqual(['a long line from before', 'new'])
})

test('followed: files that come, such as those of another release, from their first line', async () => {
  const { texts, messages, until } = await followed()
  expect(messages).toEqual([{ ...ready, missing: ['app'] }])
  write('b.out.log', line(1, 'first') + line(2, 'second'))
  await until('second')
  add('b.out.log', line(3, 'third'))
  await until('third')
  expect(texts).toEqual(['first', 'second', 'third'])
})

test('a reader who takes their time is waited for', async () => {
  write('a.out.log', line(1, 'x').repeat(1000))
  let taken = 0
  let waiting = () => {}
  const sources = { app: { folder, name: 'a.out.log', format: 'pm2' as const } }
  const tell = () => new Promise<void>((resolve) => (taken++, (waiting = resolve)))
  watching = watchLogs({ sources, lines: 1000, since: null, follow: false }, tell, ending.signal)
  await vi.waitUntil(() => taken === 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBe(1)
  const go = setInterval(() => waiting(), 1)
  await watching
  clearInterval(go)
  expect(taken).toBeGreaterThan(10)
})
