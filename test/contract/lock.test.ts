import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { lock } from '../../src/deploy/lock.ts'
import { TenantError } from '../../src/errors.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { layout as layoutOf } from '../../src/tenant/layout.ts'
import { loadTenant } from '../../src/tenant/load.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const { tenant, host } = loadTenant(world.repository.path, 'otherbrand')
const layout = layoutOf(host, tenant)
const impatient = '/opt/impatient'

beforeAll(async () => {
  // The host gives a silent holder up after a second instead of a minute.
  const script = `mkdir -p ${impatient} && printf '#!/bin/sh\\nshift\\nexec /usr/bin/timeout 1 "$@"\\n' >${impatient}/timeout && chmod 755 ${impatient}/timeout`
  await world.exec(['sh', '-c', script])
})

afterAll(() => world.exec(['rm', '-r', impatient]))

const holder = (by: string) => ({
  by,
  host: 'runner-7',
  command: 'deploy all',
  run: 'https://ci.example/runs/1',
  at: '2026-01-02T03:04:05.000Z'
})
const described = 'first on runner-7 (deploy all) since 2026-01-02T03:04:05.000Z, https://ci.example/runs/1'

function take(remote: Connection, by: string, waitMs: number, signal = new AbortController().signal) {
  const messages: string[] = []
  const tell = (progress: { kind: string; text?: string }) => messages.push(progress.text ?? progress.kind)
  return { messages, taken: lock(remote, layout, holder(by), { waitMs, tell, signal }) }
}

const free = async () => (await world.exec(['flock', '-n', layout.lock, 'true'])).code === 0

test('held by one: another is told by whom, since when and where to look', async () => {
  await using one = await connectTo(world)
  await using other = await connectTo(world)
  const held = await take(one, 'first', 0).taken
  expect(await free()).toBe(false)
  held.assertHeld()
  expect(await failureOf(take(other, 'second', 0).taken)).toMatchObject({
    kind: 'lock',
    message: `another run holds the lock: ${described}`,
    where: layout.lock,
    remedy: expect.stringContaining('nothing was changed') as string
  })
  await held[Symbol.asyncDispose]()
  expect(await free()).toBe(true)
  expect((await world.exec(['cat', layout.lock])).stdout).toBe('')
  await (await take(other, 'second', 0).taken)[Symbol.asyncDispose]()
})

test('one waits with a single message, and goes on as soon as it may', async () => {
  await using one = await connectTo(world)
  await using other = await connectTo(world)
  const held = await take(one, 'first', 0).taken
  const { messages, taken } = take(other, 'second', 60_000)
  await vi.waitUntil(() => messages.length > 0, { timeout: 20_000 })
  await sleep(2500)
  await held[Symbol.asyncDispose]()
  const second = await taken
  expect(messages).toEqual([`waiting for the lock, held by ${described}`])
  expect((await world.exec(['cat', layout.lock])).stdout).toContain('"by":"second"')
  await second[Symbol.asyncDispose]()
})

test('many at once: one at a time, and each in the end', async () => {
  await using remote = await connectTo(world)
  let inside = 0
  const most: number[] = []
  const run = async (by: string) => {
    await using held = await take(remote, by, 60_000).taken
    most.push(++inside)
    await sleep(200)
    held.assertHeld()
    inside--
  }
  await Promise.all(['a', 'b', 'c'].map(run))
  expect(most).toEqual([1, 1, 1])
  expect(await free()).toBe(true)
})

test('taken over from a holder whose connection is gone', async () => {
  const one = await connectTo(world)
  const held = await take(one, 'first', 0).taken
  await using other = await connectTo(world)
  const { messages, taken } = take(other, 'second', 60_000)
  await vi.waitUntil(() => messages.length > 0, { timeout: 20_000 })
  await one[Symbol.asyncDispose]()
  const second = await taken
  expect(() => held.assertHeld()).toThrow('given our lock up')
  second.assertHeld()
  await second[Symbol.asyncDispose]()
})

test('a holder that falls silent has lost it, is told so, and another may go on', async () => {
  await using one = await connectTo(world, { path: [impatient] })
  const held = await take(one, 'first', 0).taken
  await using other = await connectTo(world)
  const second = await take(other, 'second', 60_000).taken
  let lost: unknown
  try {
    held.assertHeld()
  } catch (thrown) {
    lost = thrown
  }
  expect(lost).toMatchObject({ kind: 'lock', remedy: expect.stringContaining('nothing was published') as string })
  await held[Symbol.asyncDispose]()
  second.assertHeld()
  expect(await free()).toBe(false)
  await second[Symbol.asyncDispose]()
})

test('one who waits can be interrupted', async () => {
  await using one = await connectTo(world)
  await using other = await connectTo(world)
  await using held = await take(one, 'first', 0).taken
  const controller = new AbortController()
  const { messages, taken } = take(other, 'second', 60_000, controller.signal)
  await vi.waitUntil(() => messages.length > 0, { timeout: 20_000 })
  const reason = new TenantError('interrupted', 'stopped by SIGINT')
  controller.abort(reason)
  expect(await failureOf(taken)).toBe(reason)
  held.assertHeld()
})

test('a tenant that the host does not know', async () => {
  await using remote = await connectTo(world)
  const nowhere = { ...layout, lock: '/srv/tenants/nobody/lock' }
  const attempt = lock(remote, nowhere, holder('first'), {
    waitMs: 0,
    tell: () => undefined,
    signal: new AbortController().signal
  })
  expect(await failureOf(attempt)).toMatchObject({
    kind: 'lock',
    where: '/srv/tenants/nobody/lock',
    remedy: expect.stringContaining('has to exist and belong to tenant-otherbrand') as string
  })
})
