import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { hostSchema } from '../../../src/tenant/host.ts'
import { openVisitor } from '../../../src/visitor/visitor.ts'
import { host as hostFile } from '../tenant/repository.ts'
import { rejectionOf } from '../thrown.ts'
import { makeAuthority } from './authority.ts'

async function listen(server: Server): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const site = (listener: RequestListener) => listen(createServer(listener))
/** Says this to whatever it is asked, and ends the connection if told so. */
const raw = (text: string, end = true) =>
  listen(
    createTcpServer((socket) => {
      socket.once('data', () => (end ? socket.end(text, 'latin1') : socket.write(text, 'latin1')))
    })
  )

function visitor(more: object = { resolve: '127.0.0.1' }) {
  const opened = openVisitor(hostSchema.parse(hostFile(more)), { verify: true, answerMs: 1000 })
  onTestFinished(() => opened[Symbol.dispose]())
  return opened
}
const { signal } = new AbortController()
const url = (port: number) => `http://acme.example:${port}/a?b=c`

test('what was answered: status, each header as often as it was sent, and the content', async () => {
  const port = await site((request, response) => {
    response.writeHead(404, { 'X-One': 'a', Vary: ['b', 'c'] })
    response.end(`${request.method} ${request.headers.host} ${request.url} ${request.headers['x-asked']}`)
  })
  const { status, headers, body } = await visitor().ask(url(port), signal, { headers: { 'x-asked': 'so' } })
  expect([status, headers['x-one'], headers['vary'], headers['x-two']]).toEqual([404, ['a'], ['b', 'c'], undefined])
  expect(body.toString()).toBe(`GET acme.example:${port} /a?b=c so`)
})

test('a connection is used again, few are open at once, and no redirect is followed', async () => {
  const sockets = new Set<Socket>()
  const port = await site((request, response) => {
    sockets.add(request.socket)
    response.writeHead(301, { location: '/elsewhere' }).end()
  })
  const { ask } = visitor()
  const answers = await Promise.all(Array.from({ length: 60 }, () => ask(url(port), signal)))
  expect(answers.map(({ status }) => status)).toEqual(Array(60).fill(301))
  expect(sockets.size).toBeLessThanOrEqual(6)
})

test.each<[string, () => Promise<number>, string]>([
  ['nothing that listens', async () => 1, 'ECONNREFUSED: nothing listens there'],
  ['a server that hangs up', () => raw(''), 'ECONNRESET: the connection was cut'],
  ['a server that says nothing', () => raw('', false), 'no answer within 1 s'],
  ['one that never ends its headers', () => raw('HTTP/1.1 200 OK\r\nX-A: b\r\n', false), 'no answer within 1 s'],
  ['one that never ends', () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', false), 'no answer within 1 s'],
  [
    'one that breaks off',
    () => raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'),
    'ECONNRESET: the connection was cut'
  ],
  ['something else than HTTP', () => raw('SSH-2.0-OpenSSH_9.2\r\n'), 'HPE_INVALID_CONSTANT: what came is not HTTP'],
  [
    'garbage for a header',
    () => raw('HTTP/1.1 200 OK\r\nX\0\x01: \x02\r\n\r\n'),
    'HPE_INVALID_HEADER_TOKEN: what came is not HTTP'
  ],
  [
    'a header without end',
    () => raw(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}`),
    'HPE_HEADER_OVERFLOW: what came is not HTTP'
  ],
  [
    'another protocol',
    () => raw('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', false),
    'the connection was closed without an answer'
  ]
])('%s is no answer', async (_, open, why) => {
  const failed = await visitor()
    .ask(url(await open()), signal)
    .catch((error: Error) => error)
  expect(failed).toMatchObject({ name: 'NoAnswer', message: why })
})

test('an answer without end is no answer', async () => {
  const port = await site((_, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(1 << 20)));
    }
    response.on('drain', more)
    more()
  })
  const opened = openVisitor(hostSchema.parse(hostFile({ resolve: '127.0.0.1' })), { verify: true })
  onTestFinished(() => opened[Symbol.dispose]())
  expect((await rejectionOf(opened.ask(url(port), signal))).message).toBe('the answer is larger than 32 MiB')
})

test('an interruption ends a question, and is told as it was given', async () => {
  const interruption = new AbortController()
  const port = await site(() => interruption.abort(new Error('interrupted')))
  const { ask, certificate } = visitor()
  expect((await rejectionOf(ask(url(port), interruption.signal))).message).toBe('interrupted')
  expect((await rejectionOf(ask(url(port), interruption.signal))).message).toBe('interrupted')
  expect((await rejectionOf(certificate('acme.example', interruption.signal))).message).toBe('interrupted')
})

test('a server without TLS shows no certificate', async () => {
  const port = await raw('HTTP/1.1 400 Bad Request\r\n\r\n')
  const { certificate } = visitor({ resolve: '127.0.0.1', https_port: port })
  expect(await certificate('acme.example', signal).catch((error: Error) => error)).toMatchObject({
    name: 'NoAnswer',
    message: expect.stringMatching(/^(EPROTO|ERR_SSL_\w+): the TLS handshake failed$/) as string
  })
})

test('what a domain showed when it was asked is told once, and from then on what it shows now', async () => {
  using authority = makeAuthority()
  const server = createSecureServer(authority.issue(['acme.example']), (_, response) => response.end())
  const port = await listen(server)
  const more = { resolve: '127.0.0.1', ca_file: authority.file, https_port: port }
  using opened = openVisitor(hostSchema.parse(hostFile(more)), { verify: true })
  const { ask, certificate } = opened
  await ask(`https://acme.example:${port}/`, signal)
  server.setSecureContext(authority.issue(['acme.example', 'new.example']))
  const shown = [await certificate('acme.example', signal), await certificate('acme.example', signal)]
  expect(shown).toMatchObject([
    { names: ['acme.example'], isForDomain: true, distrust: null },
    { names: ['acme.example', 'new.example'], isForDomain: true, distrust: null }
  ])
})
