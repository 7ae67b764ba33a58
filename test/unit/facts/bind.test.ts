import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { tryToBind } from '../../../src/facts/bind.ts'

const me = userInfo().username
const bind = (port: number) => tryToBind({ kind: 'bind', port })
const FREE = { free: true, listening: [], connected: [], closing: false }

async function listening(host = '127.0.0.1', port = 0) {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { server, port: (server.address() as AddressInfo).port }
}

/** A port that nothing has. */
async function freePort(): Promise<number> {
  const { server, port } = await listening()
  server.close()
  await once(server, 'close')
  return port
}

/** Node sets SO_REUSEADDR whether one wants it or not, and listens whenever it binds; Perl does as it is told. */
async function perl(script: string, ...args: (string | number)[]): Promise<ChildProcess> {
  const child = spawn('perl', ['-MSocket=:all', '-e', `$| = 1; ${script}`, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit']
  })
  onTestFinished(() => void child.kill())
  const [said] = (await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])) as [Buffer | number]
  expect(String(said)).toBe('ready\n')
  return child
}

const BIND = `my ($host, $port, $reuse) = @ARGV; my $v6 = $host =~ /:/;
socket(S, $v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or die $!;
setsockopt(S, SOL_SOCKET, SO_REUSEADDR, $reuse + 0) or die $!;
bind(S, $v6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $host)) : pack_sockaddr_in($port, inet_aton($host))) or die $!;`
const HOLD = `${BIND} print "ready\\n"; <STDIN>`

const sockets = (port: number) =>
  ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/net/${table}`, 'utf8').split('\n'))
    .filter((line) => line.includes(`:${port.toString(16).toUpperCase()} `))

test('a port that nothing has is free, and stays so', async () => {
  const port = await freePort()
  expect(await bind(port)).toEqual(FREE)
  expect(sockets(port)).toEqual([])
  await listening('127.0.0.1', port)
})

test.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::'])(
  'it is not where a socket is bound to %s only',
  async (at) => {
    const port = await freePort()
    await perl(HOLD, at, port, 0)
    expect(sockets(port), 'the kernel shows it to nobody').toEqual([])
    expect(await bind(port)).toEqual({
      ...FREE,
      free: false,
      refused: { address: expect.any(String) as string, code: 'EADDRINUSE' }
    })
  }
)

test.each(['127.0.0.1', '127.0.0.2', '0.0.0.0', '::1', '::'])(
  'nor where a process listens on %s, whose account is told',
  async (at) => {
    const { port } = await listening(at)
    expect(await bind(port)).toMatchObject({ free: false, listening: [me] })
  }
)

test('nor where a connection has it as its own', async () => {
  const { port: other } = await listening()
  const client = connect(other, '127.0.0.1')
  onTestFinished(() => void client.destroy())
  await once(client, 'connect')
  expect(await bind(client.localPort!)).toMatchObject({ free: false, listening: [], connected: [me], closing: false })
})

/** A server that has closed each connection first, which leaves the port to the kernel for a minute. */
const CLOSED = `${BIND} listen(S, 5) or die $!; print "ready\\n"; accept(C, S) or die $!; close C; close S; <STDIN>`

async function closedConnection(reuse: 0 | 1): Promise<number> {
  const port = await freePort()
  await perl(CLOSED, '127.0.0.1', port, reuse)
  const client = connect(port, '127.0.0.1').resume()
  await once(client, 'close')
  await expect.poll(() => sockets(port).map((line) => line.trim().split(/\s+/)[3])).toContain('06')
  return port
}

test('connections that are closing do not count where the server allows it, as Node does', async () => {
  expect(await bind(await closedConnection(1))).toEqual(FREE)
})

test('where it does not, an app can’t bind either, and why is told', async () => {
  expect(await bind(await closedConnection(0))).toMatchObject({
    free: false,
    listening: [],
    connected: [],
    closing: true
  })
})
