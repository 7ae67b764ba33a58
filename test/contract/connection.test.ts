import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { connectSsh, type SshOptions } from '../../src/remote/ssh.ts'
import { connectTo, sshOptions } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { addAccount, withNarrowRules } from './accounts.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'connection-'))

afterAll(() => rmSync(folder, { recursive: true }))

const connectFailure = (otherwise: Partial<SshOptions>) => failureOf(connectSsh(sshOptions(world, otherwise)))

function makeKey(name: string, passphrase: string): string {
  const file = join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', file])
  return readFileSync(file, 'utf8')
}

/** A port of this machine that answers as `speak` says. */
async function listener(speak: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    speak(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  }
}

test('no such host', async () => {
  expect(await connectFailure({ address: 'no-such-host.invalid' })).toMatchObject({
    kind: 'no-such-host',
    message: 'no such host: no-such-host.invalid',
    where: expect.stringContaining('deploy@no-such-host.invalid') as string,
    remedy: expect.stringContaining('address in the host file') as string
  })
})

test('refused', async () => {
  const { port } = await listener(() => undefined).then(async (taken) => {
    await taken[Symbol.asyncDispose]()
    return taken
  })
  expect(await connectFailure({ address: '127.0.0.1', port })).toMatchObject({
    kind: 'refused',
    message: `nothing accepts SSH at 127.0.0.1 port ${port}`,
    remedy: expect.stringContaining('start sshd') as string
  })
})

test('a host key that is not pinned: the one seen is printed', async () => {
  const pinned = `SHA256:${'A'.repeat(43)}`
  expect(await connectFailure({ hostKeys: [pinned] })).toMatchObject({
    kind: 'host-key',
    message: `the host shows the key ${world.host.host_key}, which is not pinned (pinned: ${pinned})`,
    remedy: expect.stringContaining('pin it as host_key') as string
  })
})

test('one of several pinned keys will do', async () => {
  const transport = await connectSsh(sshOptions(world, { hostKeys: [`SHA256:${'A'.repeat(43)}`, world.host.host_key] }))
  await transport.close()
})

test.each([
  ['garbage', () => 'not a key', 'the SSH key is not a private key in OpenSSH or PEM format', '-----BEGIN'],
  ['nothing', () => '', 'the SSH key is not a private key in OpenSSH or PEM format', '-----BEGIN'],
  [
    'a public key',
    () => readFileSync(`${world.host.key_file}.pub`, 'utf8'),
    'the SSH key is not a private key in OpenSSH or PEM format',
    '-----BEGIN'
  ],
  [
    'a key cut short',
    () => readFileSync(world.host.key_file, 'utf8').slice(0, 120),
    'the SSH key is not a private key in OpenSSH or PEM format',
    '-----END'
  ],
  [
    'a key with a passphrase',
    () => makeKey('locked', 'open sesame'),
    'the SSH key is protected by a passphrase',
    'ssh-agent'
  ]
])('%s instead of a private key', async (_, key, message, remedy) => {
  expect(await connectFailure({ privateKey: key() })).toMatchObject({
    kind: 'secret',
    message,
    remedy: expect.stringContaining(remedy) as string
  })
})

test('no key at all', async () => {
  expect(await connectFailure({ privateKey: undefined })).toMatchObject({
    kind: 'secret',
    message: 'there is no SSH key to connect with',
    remedy: expect.stringContaining('TENANT_SSH_KEY') as string
  })
})

test('a key that the host does not know', async () => {
  expect(await connectFailure({ privateKey: makeKey('stranger', '') })).toMatchObject({
    kind: 'authentication',
    message: 'the host does not accept this key for the account deploy',
    remedy: expect.stringContaining('~deploy/.ssh/authorized_keys') as string
  })
})

test('no answer', async () => {
  await using silent = await listener(() => undefined)
  expect(await connectFailure({ address: '127.0.0.1', port: silent.port, connectDeadlineMs: 500 })).toMatchObject({
    kind: 'unreachable',
    message: `no answer from 127.0.0.1 port ${silent.port}`,
    remedy: expect.stringContaining('firewall') as string
  })
})

test.each([
  ['hangs up', (socket: Socket) => void socket.destroy()],
  ['is no SSH server', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')]
])('something that %s', async (_, speak) => {
  await using other = await listener(speak)
  expect(await connectFailure({ address: '127.0.0.1', port: other.port, connectDeadlineMs: 5000 })).toMatchObject({
    kind: 'dropped',
    message: expect.stringContaining('could not be set up') as string,
    where: `deploy@127.0.0.1:${other.port}`
  })
})

test('an account that may not be become', async () => {
  await using remote = await connectTo(world)
  const step = { as: 'postgres', step: 'try something', deadlineMs: 20_000 }
  const failure = await withNarrowRules(world, () => failureOf(remote.execute({ words: ['true'] }, step)))
  expect(failure).toMatchObject({
    kind: 'privilege',
    message: 'could not become the account postgres to try something',
    remedy: expect.stringContaining('NOPASSWD') as string,
    log: expect.stringContaining('sudo') as string
  })
})

test('a tunnel that sshd does not allow, and one to a port where nothing listens', async () => {
  await using account = await addAccount(world, 'no-tunnel', { shell: '/bin/sh', keyOptions: 'no-port-forwarding' })
  await using barred = await connectTo(world, { user: account.user })
  expect(await failureOf(barred.dial('127.0.0.1', world.host.postgres.port))).toMatchObject({
    kind: 'host-answer',
    message: expect.stringContaining(`127.0.0.1:${world.host.postgres.port}`) as string,
    remedy: expect.stringContaining('AllowTcpForwarding') as string
  })
  await using allowed = await connectTo(world)
  expect(await failureOf(allowed.dial('127.0.0.1', 1))).toMatchObject({
    kind: 'host-answer',
    message: 'nothing accepts connections at 127.0.0.1:1 on the host',
    remedy: expect.not.stringContaining('AllowTcpForwarding') as string
  })
})

test('a login shell that runs nothing', async () => {
  await using account = await addAccount(world, 'no-login', { shell: '/usr/sbin/nologin' })
  await using remote = await connectTo(world, { user: account.user })
  const failure = await failureOf(remote.execute({ words: ['true'] }, { step: 'begin', deadlineMs: 20_000 }))
  expect(failure).toMatchObject({
    kind: 'host-answer',
    // sshd may drop the exit code of a shell that ends before it has read what we send.
    message: expect.stringMatching(/^the host did not run our command to begin \(exit code (1|255)\)$/) as string,
    remedy: expect.stringContaining('login shell') as string,
    log: expect.stringContaining('not available') as string
  })
  const ask = () => remote.gather({ file: { kind: 'file', path: '/etc/passwd' } })
  const sync = () => remote.sync({ from: folder, to: '/tmp/nowhere', deadlineMs: 20_000 })
  // It ends before it has read what we send, at one time before we are through with it and at another after.
  for (const attempt of [ask, ask, ask, sync, sync])
    expect(await failureOf(attempt())).toMatchObject({
      kind: 'host-answer',
      log: expect.stringContaining('not available') as string
    })
})
