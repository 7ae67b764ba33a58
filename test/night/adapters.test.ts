import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { TenantError } from '../../src/errors.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { NO_FOLDER } from '../../src/shell/command.ts'
import { cloned } from '../world/cloned.ts'
import { addAccount, withNarrowRules, type Account } from '../contract/accounts.ts'
import { adaptersTo, isRunning, must } from './adapters.ts'
import { failureOf } from '../contract/failure.ts'
import { hostileWords } from '../contract/words.ts'

const world = await cloned()
const deadline = { step: 'try it', deadlineMs: 30_000 }
/** Its main group is called otherwise than it is. */
const other = 'adapter-other'
let account: Account

beforeAll(async () => {
  account = await addAccount(world, other, { shell: '/usr/sbin/nologin' })
  await must(world, ['usermod', '--gid', 'users', '--append', '--groups', 'tenants', other])
})

afterAll(() => account[Symbol.asyncDispose]())

describe.each(adaptersTo(world))('$name', ({ name: adapter, user, privilege, connect }) => {
  const base = `${user === 'root' ? '/root' : `/home/${user}`}/adapters`
  let remote: Connection

  beforeAll(async () => {
    remote = await connect()
    await remote.execute({ words: ['mkdir', '-p', base] }, deadline)
  })

  afterAll(async () => {
    await remote[Symbol.asyncDispose]()
    await must(world, ['rm', '-rf', base])
  })

  test('exit code, both outputs and standard input', async () => {
    const lines: string[] = []
    const result = await remote.execute(
      { script: 'cat; echo to the other >&2; exit 42', args: [] },
      { ...deadline, input: 'one\ntwo\n', onLine: (line) => lines.push(line) }
    )
    expect(result).toEqual({ code: 42, stdout: 'one\ntwo\n', stderr: 'to the other\n' })
    expect(lines.sort()).toEqual(['one', 'to the other', 'two'])
    for (const code of [0, 1, 124, 137, 255])
      expect((await remote.execute({ script: 'exit "$1"', args: [String(code)] }, deadline)).code).toBe(code)
  })

  test('each word reaches its program as it is', async () => {
    for (const command of [
      { words: ['printf', '%s\\0', ...hostileWords] },
      { script: `printf '%s\\0' "$@"`, args: hostileWords }
    ])
      expect((await remote.execute(command, deadline)).stdout.split('\0').slice(0, -1)).toEqual(hostileWords)
    const env = Object.fromEntries(hostileWords.map((word, index) => [`WORD_${index}`, word]))
    const { stdout } = await remote.execute({ words: ['env', '-0'], env }, deadline)
    expect(stdout.split('\0').filter((line) => line.startsWith('WORD_'))).toHaveLength(hostileWords.length)
    expect((await world.exec(['test', '-e', '/tmp/hostile-words'])).code).toBe(1)
  })

  test('a folder or a program that is not there', async () => {
    const nowhere = await remote.execute({ words: ['pwd'], cwd: `${base}/no-such-folder` }, deadline)
    expect(nowhere.code).toBe(NO_FOLDER)
    expect(await failureOf(remote.execute({ words: ['no-such-program'] }, deadline))).toMatchObject({
      kind: 'tool-missing',
      message: 'no-such-program is missing',
      where: remote.name
    })
  })

  test.each([
    ['a tenant', 'tenant-otherbrand', 'tenant-otherbrand', '/srv/tenants/otherbrand'],
    ['an account whose group is called otherwise', other, 'users', `/home/${other}`]
  ])('becomes %s, with its groups, home and tools', async (_, as, group, at) => {
    const script = 'id -un; id -gn; id -Gn; echo "$HOME $USER"; command -v node; command -v nginx; cat'
    const { stdout } = await remote.execute({ script, args: [] }, { ...deadline, as, input: 'and its input' })
    const [name, main, groups, where, node, nginx, input] = stdout.split('\n')
    expect([name, main, where, input]).toEqual([as, group, `${at} ${as}`, 'and its input'])
    expect(groups!.split(' ').sort()).toEqual([group, 'tenants'].sort())
    expect([node, nginx]).toEqual([expect.stringMatching(/\/node$/), expect.stringMatching(/\/nginx$/)])
  })

  test('the account that connected need not become itself', async () => {
    expect((await remote.execute({ words: ['id', '-un'] }, { ...deadline, as: user })).stdout).toBe(`${user}\n`)
  })

  test('an account that is not there', async () => {
    const failure = await failureOf(remote.execute({ words: ['true'] }, { ...deadline, as: 'no-such-account' }))
    expect(failure).toMatchObject({
      kind: 'privilege',
      message: 'could not become the account no-such-account to try it',
      remedy: expect.stringContaining('`tenant provision`') as string,
      log: expect.stringContaining('no-such-account') as string
    })
  })

  test.runIf(privilege === 'sudo').each([
    ['root', 'tenant provision` (--user root)'],
    ['postgres', 'deploy ALL=(%tenants) NOPASSWD: ALL']
  ])('may not become %s', async (as, remedy) => {
    const trying = () => failureOf(remote.execute({ words: ['true'] }, { ...deadline, as }))
    const failure = await withNarrowRules(world, trying)
    expect(failure).toMatchObject({ kind: 'privilege', remedy: expect.stringContaining(remedy) as string })
    expect(failure.log).toContain('sudo')
  })

  test.runIf(privilege === 'root')('as root, it becomes any account', async () => {
    expect((await remote.execute({ words: ['id', '-un'] }, { ...deadline, as: 'postgres' })).stdout).toBe('postgres\n')
  })

  test('past its deadline, a command is named and ended on the host', async () => {
    const as = 'tenant-otherbrand'
    const late = remote.execute(
      { script: 'echo "pid $$"; exec sleep 301', args: [] },
      { step: 'count the stars', deadlineMs: 1000, as }
    )
    const failure = await failureOf(late)
    expect(failure).toMatchObject({ kind: 'deadline', message: 'not done within 1 s: count the stars' })
    expect(await isRunning(world, 'sleep 301')).toBe(false)
  })

  test.each([undefined, 'tenant-otherbrand'])(
    'interrupted, what may end is ended on the host (as %s), and things can still be taken back',
    async (as) => {
      const controller = new AbortController()
      await using shaky = await connect({ signal: controller.signal })
      const reason = new TenantError('interrupted', 'stopped by SIGINT')
      const cut = shaky.execute(
        { script: 'echo begun; sleep 302', args: [] },
        {
          ...deadline,
          ...(as === undefined ? {} : { as }),
          interruptible: true,
          onLine: () => controller.abort(reason)
        }
      )
      await expect(cut).rejects.toBe(reason)
      await vi.waitUntil(async () => !(await isRunning(world, 'sleep 302')), { timeout: 20_000, interval: 200 })
      expect((await shaky.execute({ words: ['echo', 'undone'] }, deadline)).stdout).toBe('undone\n')
    }
  )

  test('what must not stop half-way runs to its end', async () => {
    const controller = new AbortController()
    await using shaky = await connect({ signal: controller.signal })
    const whole = await shaky.execute(
      { script: 'echo begun; sleep 1; echo done', args: [] },
      { ...deadline, onLine: () => controller.abort(new TenantError('interrupted', 'stopped')) }
    )
    expect(whole).toMatchObject({ code: 0, stdout: 'begun\ndone\n' })
  })

  test('gathers, as itself and as another account', async () => {
    for (const as of [undefined, 'tenant-otherbrand']) {
      const facts = await remote.gather(
        { there: { kind: 'file', path: '/etc/passwd' }, none: { kind: 'file', path: '/no/such' } },
        as === undefined ? {} : { as }
      )
      expect(facts).toMatchObject({
        there: { ok: true, fact: { exists: true } },
        none: { ok: true, fact: { exists: false } }
      })
    }
  })

  test('dials a port of the host, and tells where nothing listens', async () => {
    // To a program that runs on the host itself, this computer's ports are the host's.
    const server = createServer((socket) => void socket.end('SSH-2.0-here\r\n')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const open = adapter === 'ssh' ? world.host.port : (server.address() as AddressInfo).port
    const socket = await remote.dial('127.0.0.1', open)
    expect(String((await once(socket, 'data'))[0])).toMatch(/^SSH-2\.0-/)
    socket.destroy()
    server.close()
    const port = 1
    expect(await failureOf(remote.dial('127.0.0.1', port))).toMatchObject({
      kind: 'host-answer',
      message: `nothing accepts connections at 127.0.0.1:${port} on the host`
    })
  })

  test('keeps a command open for as long as it is written to', async () => {
    const open = await remote.open(
      { script: 'echo ready; cat; exit 7', args: [] },
      { step: 'stay', as: 'tenant-otherbrand' }
    )
    const lines = open.lines[Symbol.asyncIterator]()
    expect((await lines.next()).value).toBe('ready')
    open.write('an echo\n')
    expect((await lines.next()).value).toBe('an echo')
    expect(await open.end()).toBe(7)
  })

  test('no value stands in a command line, neither on the host nor here', async () => {
    const secret = 'correct-horse-battery-staple'
    const step = { step: 'wait', as: 'tenant-otherbrand' }
    const open = await remote.open({ script: 'echo "$1"; read -r line', args: [secret] }, step)
    for await (const line of open.lines) {
      expect(line).toBe(secret)
      break
    }
    const list = await must(world, ['ps', '-eo', 'args'])
    await open.end()
    expect(list).toContain('IFS= read -r s; eval')
    expect(list).not.toContain(secret)
  })

  test('when it is closed, nothing that it started stays', async () => {
    const closing = await connect()
    for (const as of [undefined, 'tenant-otherbrand']) {
      const actor = { step: 'stay', ...(as === undefined ? {} : { as }) }
      const open = await closing.open({ script: 'echo ready; cat; : the-mark-of-these', args: [] }, actor)
      expect((await open.lines[Symbol.asyncIterator]().next()).value).toBe('ready')
    }
    const ours = async () => (await must(world, ['ps', '-eo', 'args'])).split('\n').filter((line) => /^cat$/.test(line))
    expect(await ours()).toHaveLength(2)
    await closing[Symbol.asyncDispose]()
    await vi.waitUntil(async () => (await ours()).length === 0, { timeout: 10_000, interval: 100 })
  })
})
