import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import type { ProbeRequest } from '../../../src/facts/requests.ts'
import { probe } from '../../../src/facts/probe.ts'

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}
const ask = (port: number, more: Partial<ProbeRequest> = {}) =>
  probe({ kind: 'probe', port, path: '/api/health', host: 'shop.test', release: 'r2', deadlineMs: 0, ...more })

test('good is 200 with this very release, asked for by the public name', async () => {
  const seen: unknown[] = []
  const port = await serve((request, response) => {
    seen.push([request.method, request.url, request.headers.host])
    response.end('{"release":"r2","db":true}')
  })
  expect(await ask(port)).toEqual({
    ok: true,
    attempts: [{ status: 200, release: 'r2', ms: expect.any(Number) as number }]
  })
  expect(seen).toEqual([['GET', '/api/health', 'shop.test']])
})

test.each<[string, number, string, object]>([
  ['another release', 200, '{"release":"r1"}', { status: 200, release: 'r1', error: 'answered as release r1' }],
  ['no release', 200, '{"ok":true}', { status: 200, error: 'the answer names no release' }],
  ['the default page', 200, '<h1>Welcome to nginx!</h1>', { status: 200, error: 'the answer names no release' }],
  ['a release that is no text', 200, '{"release":2}', { status: 200, error: 'the answer names no release' }],
  [
    'a failure that names the release',
    503,
    '{"release":"r2"}',
    { status: 503, release: 'r2', error: 'answered with status 503' }
  ],
  ['a redirect', 302, '', { status: 302, error: 'answered with status 302' }]
])('%s is not healthy', async (_, status, body, expected) => {
  const port = await serve((_request, response) => response.writeHead(status, { location: '/' }).end(body))
  const fact = await ask(port)
  expect(fact.ok).toBe(false)
  expect(fact.attempts).toEqual([{ ms: expect.any(Number) as number, ...expected }])
})

test('where no release is asked for, any 200 is good', async () => {
  const port = await serve((_, response) => response.end('hello'))
  expect(await ask(port, { release: null })).toMatchObject({ ok: true, attempts: [{ status: 200 }] })
})

test('asks again until it is good, and tells every attempt', async () => {
  let asked = 0
  const port = await serve((_, response) => response.end(`{"release":"r${++asked}"}`))
  expect(await ask(port, { deadlineMs: 20_000 })).toMatchObject({
    ok: true,
    attempts: [{ release: 'r1' }, { release: 'r2' }]
  })
})

test('gives up at its deadline, also on a process that never answers', async () => {
  const port = await serve(() => undefined)
  const fact = await ask(port, { deadlineMs: 300 })
  expect(fact.ok).toBe(false)
  expect(fact.attempts[0]?.error).toMatch(/^no whole answer within \d+ ms$/)
})

test('reads no more of a body than it needs', async () => {
  const port = await serve((_, response) => {
    const more = () => void response.write('x'.repeat(16 * 1024), (error) => void (error ?? setImmediate(more)))
    response.on('error', () => undefined)
    more()
  })
  expect(await ask(port)).toMatchObject({
    ok: false,
    attempts: [{ status: 200, error: 'the answer names no release' }]
  })
})

test('nobody listens', async () => {
  expect(await ask(1)).toMatchObject({ ok: false, attempts: [{ error: 'connect ECONNREFUSED 127.0.0.1:1' }] })
})

test('where another account listens it is not even asked, however long one would wait', async () => {
  let asked = 0
  const port = await serve((_, response) => response.end(`{"release":"r${++asked}"}`))
  expect(await ask(port, { as: 'daemon', release: 'r1', deadlineMs: 20_000 })).toEqual({
    ok: false,
    attempts: [
      {
        ms: expect.any(Number) as number,
        foreign: [userInfo().username],
        error: `port ${port} is answered by account ${userInfo().username}, not by daemon`
      }
    ]
  })
  expect(asked).toBe(0)
})

test('an answer counts only where its account still listens, although it is the release that was asked for', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      server.close()
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"release":"r2"}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const error = `${userInfo().username} did not listen on port ${port} all the while`
  expect(await ask(port)).toEqual({ ok: false, attempts: [{ ms: expect.any(Number) as number, error }] })
})
