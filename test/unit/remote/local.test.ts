import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { hostname, userInfo } from 'node:os'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { connectLocal } from '../../../src/remote/local.ts'
import { openTransport } from '../../../src/remote/open.ts'
import type { Transport } from '../../../src/remote/transport.ts'
import { rejectionOf } from '../thrown.ts'

const { username: user, homedir } = userInfo()

test('another account than the one that the host file names is a usage error, before anything runs', async () => {
  const error = await rejectionOf(connectLocal({ user: 'somebody-else', shell: ['/no/such/shell'] }))
  expect(error).toMatchObject({
    kind: 'usage',
    exitCode: 64,
    message: `the runner on this machine runs as ${user}, not as somebody-else`,
    where: hostname(),
    remedy: 'run as somebody-else, or correct user in the host file (or --user)'
  })
})

test('a host is opened as its kind says', async () => {
  const transport = await openTransport({ kind: 'local', user })
  expect(transport.name).toBe(`${user}@${hostname()}`)
  await transport.close()
  const error = await rejectionOf(
    openTransport({ kind: 'ssh', address: 'web-1.example', port: 22, user, hostKeys: [] })
  )
  expect(error).toMatchObject({ kind: 'secret', where: `${user}@web-1.example:22` })
})

describe('once it is open', () => {
  let transport: Transport

  beforeEach(async () => {
    vi.stubEnv('TENANT_SSH_KEY', 'hunter2')
    vi.stubEnv('RUNNER_TRACKING_ID', 'github_1')
    vi.stubEnv('HOME', '/somewhere/else')
    transport = await connectLocal({ user })
  })

  afterEach(async () => {
    await transport.close()
    vi.unstubAllEnvs()
  })

  test('a command answers with its output and its exit code', async () => {
    const channel = await transport.exec('cat; echo oh >&2; exit 42')
    channel.stdin.end('from us')
    const [out, err, exit] = await Promise.all([text(channel.stdout), text(channel.stderr), channel.exit])
    expect([out, err, exit]).toEqual(['from us', 'oh\n', { code: 42, signal: null }])
  })

  test('or with the signal that ended it', async () => {
    const channel = await transport.exec('kill -KILL $$')
    for (const stream of [channel.stdout, channel.stderr]) stream.resume()
    expect(await channel.exit).toEqual({ code: null, signal: 'SIGKILL' })
  })

  test("it gets nothing of this process' environment", async () => {
    const { stdout } = await transport.exec('exec env')
    const names = (await text(stdout)).split('\n').map((line) => line.split('=')[0])
    // PWD and the like are the shell's own.
    expect(names.filter((name) => !['', 'PWD', 'SHLVL', '_', 'OLDPWD'].includes(name!)).sort()).toEqual([
      'HOME',
      'LANG',
      'LOGNAME',
      'PATH',
      'USER'
    ])
    const channel = await transport.exec('echo "$HOME $USER $PWD"')
    expect(await text(channel.stdout)).toBe(`${homedir} ${user} /\n`)
  })

  test.each([
    ['sees its input end', `trap '' HUP; echo $$; exec cat`],
    ['gets the signal for it', 'echo $$; exec sleep 300']
  ])('who is hung up on %s', async (_, script) => {
    const channel = await transport.exec(script)
    const [pid] = (await once(channel.stdout, 'data')) as [Buffer]
    channel.close()
    expect(await channel.exit).toEqual({ code: null, signal: null })
    await vi.waitUntil(() => !alive(Number(pid)))
  })

  test('when it is closed, all that still runs ends, also what does not care', async () => {
    const channel = await transport.exec(`trap '' HUP TERM; echo $$; while :; do sleep 300; done`)
    const [pid] = (await once(channel.stdout, 'data')) as [Buffer]
    expect(alive(Number(pid))).toBe(true)
    await transport.close()
    await vi.waitUntil(() => !alive(Number(pid)))
    expect(await rejectionOf(transport.exec('true'))).toMatchObject({ kind: 'internal' })
  })

  test('a port is reached, and one where nothing listens is told', async () => {
    const server = createServer((socket) => void socket.end('hello')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = await transport.dial('127.0.0.1', port)
    expect(await text(socket)).toBe('hello')
    socket.end()
    server.close()
    await once(server, 'close')
    expect(await rejectionOf(transport.dial('127.0.0.1', port))).toMatchObject({
      kind: 'host-answer',
      message: `nothing accepts connections at 127.0.0.1:${port} on the host`,
      where: transport.name
    })
  })
})

test('a shell that cannot be started is told', async () => {
  const transport = await connectLocal({ user, shell: ['/no/such/shell'] })
  expect(await rejectionOf(transport.exec('true'))).toMatchObject({
    kind: 'host-answer',
    message: expect.stringContaining('/no/such/shell could not be started') as string
  })
})

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
