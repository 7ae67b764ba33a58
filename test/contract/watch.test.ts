import { appendFileSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import type { WatchMessage, WatchRequest } from '../../src/facts/logs.ts'
import { Connection } from '../../src/remote/connection.ts'
import { connectLocal } from '../../src/remote/local.ts'
import type { Watching } from '../../src/remote/remote.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'watch-'))
/** On the host, in a folder that every account may read. */
const REMOTE = '/tmp/watched-logs'

afterAll(async () => {
  rmSync(folder, { recursive: true })
  await world.exec(['rm', '-rf', REMOTE])
})

const request = (at: string, follow: boolean): WatchRequest => ({
  sources: { one: { folder: at, name: 'one.log', format: 'pm2' } },
  lines: 10,
  since: null,
  follow
})
const LINE = '2026-11-27T09:30:00: what it says: \u2028 \u00e9\n'
const told = {
  kind: 'lines',
  lines: [{ source: 'one', at: expect.any(Number) as number, text: 'what it says: \u2028 \u00e9' }]
}
const ready = { kind: 'ready', missing: [], cut: [] }

/** The next messages, or all that there are. */
async function next({ messages }: Watching, count = Infinity): Promise<WatchMessage[]> {
  const iterator = messages[Symbol.asyncIterator]()
  const heard: WatchMessage[] = []
  while (heard.length < count) {
    const { value, done } = await iterator.next()
    if (done === true) break
    heard.push(value)
  }
  return heard
}

/** Processes of the host that have the log open. */
const SCRIPT = 'for fd in /proc/[0-9]*/fd/*; do if [ "$(readlink "$fd")" = "$1" ]; then echo "$fd"; fi; done'
const openOnHost = async () => (await world.exec(['sh', '-c', SCRIPT, 'sh', `${REMOTE}/one.log`])).stdout

async function onHost(): Promise<string> {
  await world.exec(['sh', '-c', 'mkdir -p "$1"; cat >"$1/one.log"', 'sh', REMOTE], { input: LINE })
  return REMOTE
}

test.each([undefined, 'root', 'tenant-otherbrand'])('over SSH, as %s: all is told, and then it ends', async (as) => {
  const at = await onHost()
  await using remote = await connectTo(world)
  await using watching = await remote.watch(request(at, false), as === undefined ? {} : { as })
  expect(await next(watching)).toEqual([told, ready])
})

test('followed until we leave, while other commands go on', async () => {
  const at = await onHost()
  await using remote = await connectTo(world)
  const watching = await remote.watch(request(at, true), { as: 'tenant-otherbrand' })
  expect(await next(watching, 2)).toEqual([told, ready])
  expect((await remote.execute({ words: ['echo', 'on'] }, { step: 'go on', deadlineMs: 20_000 })).stdout).toBe('on\n')
  expect(await openOnHost()).not.toBe('')
  await watching[Symbol.asyncDispose]()
  expect(await openOnHost()).toBe('')
})

test('a connection that closes leaves nobody who reads', async () => {
  const at = await onHost()
  const remote = await connectTo(world)
  const watching = await remote.watch(request(at, true), { as: 'root' })
  expect(await next(watching, 2)).toEqual([told, ready])
  await remote[Symbol.asyncDispose]()
  await vi.waitUntil(async () => (await openOnHost()) === '', { timeout: 20_000, interval: 200 })
})

test('an account that can not be become is a refusal', async () => {
  await using remote = await connectTo(world)
  await using watching = await remote.watch(request(REMOTE, true), { as: 'nobody-of-that-name' })
  expect(await failureOf(next(watching, 1))).toMatchObject({
    kind: 'privilege',
    message: 'could not become the account nobody-of-that-name to read the logs'
  })
})

test('on this machine itself', async () => {
  const file = join(folder, 'one.log')
  writeFileSync(file, LINE)
  await using remote = new Connection(await connectLocal({ user: userInfo().username }), {
    path: [],
    collector: readFileSync(join(checkout, 'dist/collector/index.js'), 'utf8'),
    signal: new AbortController().signal
  })
  const watching = await remote.watch(request(folder, true))
  expect(await next(watching, 2)).toEqual([told, ready])
  appendFileSync(file, LINE)
  expect(await next(watching, 1)).toEqual([told])
  expect(openHere(file)).toBeGreaterThan(0)
  await watching[Symbol.asyncDispose]()
  expect(openHere(file)).toBe(0)
})

function openHere(file: string): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => linksIn(`/proc/${pid}/fd`))
    .filter((target) => target === file).length
}

/** Processes and their files come and go while they are looked at. */
function linksIn(fds: string): string[] {
  try {
    return readdirSync(fds).map((name) => readlinkSync(join(fds, name)))
  } catch {
    return []
  }
}
