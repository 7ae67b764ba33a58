import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { TenantError } from '../../src/errors.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { addAccount } from './accounts.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'interruption-'))
const cleanups: AsyncDisposable[] = []
const user = 'shaky'

/** Ends the sshd that holds the session it runs in, as a crash or a cut line would. */
const CUT = `p=$$
until case $(cat /proc/$p/comm) in sshd*) true;; *) false;; esac; do p=$(awk '/^PPid/ { print $2 }' /proc/$p/status); done
kill -9 $p`

beforeAll(async () => {
  writeFileSync(join(folder, 'large'), randomBytes(24 * 1024 * 1024))
  cleanups.push(
    await addAccount(world, user, {
      shell: '/bin/sh',
      files: {
        'cut/rsync': `#!/bin/sh\n{ dd bs=64k count=100 2>/dev/null; ${CUT}; } | /usr/bin/rsync "$@"\n`,
        'slow/rsync': '#!/bin/sh\nexec sleep 300\n'
      }
    })
  )
})

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const dropped = {
  kind: 'dropped',
  message: expect.stringContaining('the connection to the host was lost') as string,
  where: `${user}@${world.host.address}:${world.host.port}`,
  remedy: expect.stringContaining('run the same command again') as string
}

test('dropped while a command runs, and said of everything that is tried afterwards', async () => {
  await using remote = await connectTo(world, { user })
  const cut = remote.execute({ script: `${CUT}\nsleep 300`, args: [] }, { step: 'wait', deadlineMs: 60_000 })
  expect(await failureOf(cut)).toMatchObject(dropped)
  const after = remote.execute({ words: ['true'] }, { step: 'go on', deadlineMs: 60_000 })
  expect(await failureOf(after)).toMatchObject(dropped)
  expect(await failureOf(remote.gather({}))).toMatchObject(dropped)
})

test('dropped in the middle of an rsync', async () => {
  await using remote = await connectTo(world, { user, path: [`/home/${user}/cut`] })
  const cut = remote.sync({ from: folder, to: `/home/${user}/synced`, deadlineMs: 60_000 })
  expect(await failureOf(cut)).toMatchObject(dropped)
})

test('a command past its deadline is named, and ended on the host', async () => {
  await using remote = await connectTo(world, { user })
  const late = remote.execute(
    { script: 'echo $$ >"$1"; echo so far; sleep 300', args: [`/home/${user}/pid`] },
    { step: 'count the stars', deadlineMs: 1000 }
  )
  expect(await failureOf(late)).toMatchObject({
    kind: 'deadline',
    message: 'not done within 1 s: count the stars',
    remedy: expect.stringContaining('raise the limit') as string,
    log: expect.stringContaining('so far') as string
  })
  const alive = await world.exec(['sh', '-c', `kill -0 "$(cat /home/${user}/pid)"`])
  expect(alive.code).not.toBe(0)
})

test('an rsync past its deadline is a deadline too', async () => {
  await using remote = await connectTo(world, { user, path: [`/home/${user}/slow`] })
  const late = remote.sync({ from: folder, to: `/home/${user}/late`, deadlineMs: 1000 })
  expect(await failureOf(late)).toMatchObject({
    kind: 'deadline',
    message: 'not done within 1 s: sync the files',
    where: `${user}@${world.host.address}:${world.host.port}`
  })
})

test('an answer that the command itself gives is no deadline', async () => {
  await using remote = await connectTo(world, { user })
  for (const code of [0, 1, 124, 137, 255]) {
    const result = await remote.execute(
      { script: 'exit "$1"', args: [String(code)] },
      { step: 'end', deadlineMs: 20_000 }
    )
    expect(result.code).toBe(code)
  }
})

test('an interrupted run ends what may be interrupted, on the host too, and can still take things back', async () => {
  const controller = new AbortController()
  await using remote = await connectTo(world, { user, signal: controller.signal })
  const reason = new TenantError('interrupted', 'stopped by SIGINT')
  const running = remote.execute(
    { script: 'echo $$ >"$1"; echo begun; sleep 300', args: [`/home/${user}/interrupted`] },
    { step: 'wait', deadlineMs: 60_000, interruptible: true, onLine: () => controller.abort(reason) }
  )
  expect(await failureOf(running)).toBe(reason)
  const alive = async () => (await world.exec(['sh', '-c', `kill -0 "$(cat /home/${user}/interrupted)"`])).code === 0
  await vi.waitUntil(async () => !(await alive()), { timeout: 20_000, interval: 200 })
  const undo = await remote.execute({ words: ['echo', 'undone'] }, { step: 'undo', deadlineMs: 20_000 })
  expect(undo.stdout).toBe('undone\n')
})

test('what must not stop half-way runs to its end when the run is interrupted', async () => {
  const controller = new AbortController()
  await using remote = await connectTo(world, { user, signal: controller.signal })
  const whole = await remote.execute(
    { script: 'echo begun; sleep 1; echo done', args: [] },
    { step: 'move', deadlineMs: 60_000, onLine: () => controller.abort(new TenantError('interrupted', 'stopped')) }
  )
  expect(whole).toMatchObject({ code: 0, stdout: 'begun\ndone\n' })
})
