import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import ssh2 from 'ssh2'
import { runToEnd, type Finished } from '../sandbox/command.ts'
import { HOME, LOOKER, observers, type Observers } from '../world/observer.ts'
import { onHost, restore } from '../world/on-host.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import { cloned } from '../world/cloned.ts'

/** What the holder of the key can do with the clients that anybody has: OpenSSH's own, and the library that we use. */
const world = await cloned()
const TENANT = 'otherbrand'
const host = onHost(world, TENANT)
const SECRET = `${host.root}/app/current/.env.local`
const sh = (script: string, ...args: string[]) => host.must(['sh', '-ec', script, 'sh', ...args])
/** What the door says, as the account that the key logs in to. */
const DOOR = 'this key only looks: it runs no command, copies no file and opens no shell'
let keys: Observers
let folder: string

beforeAll(async () => {
  restore(world)
  await host.forgetAll()
  useTinyApp(world.repository, TENANT)
  keys = observers(world, TENANT)
  await keys.provision(keys.one)
  const { code, stdout, stderr } = await world.tenant(['deploy', TENANT])
  expect(code, stdout + stderr).toBe(0)
  folder = mkdtempSync(join(tmpdir(), 'tenant-look-key-'))
})

afterAll(async () => {
  restore(world)
  await keys.forget()
  await host.forgetAll()
  keys[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const options = () => [
  ...['-F', '/dev/null', '-i', keys.one.file, '-o', 'IdentitiesOnly=yes', '-o', 'BatchMode=yes'],
  ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=INFO']
]
const target = `${LOOKER}@${world.host.address}`
const ssh = (words: string[], input?: string, more: string[] = []): Promise<Finished> =>
  runToEnd(['ssh', ...options(), '-p', String(world.host.port), ...more, target, ...words], {
    ...(input === undefined ? {} : { input })
  })

/** What would tell of something done: files of the account's wherever it may write, all that holds it, and processes. */
const traces = () =>
  sh(
    `find /tmp /var/tmp /dev/shm /run /home /usr/local /var/lib -xdev -user "$1" -print 2>/dev/null || :
find "$2" /usr/local/lib/tenant-deploy -printf '%y %m %u %p %T@\\n'; ls /tmp/written 2>/dev/null || :; ps -u "$1" -o args= | grep -v '^sshd' || :`,
    LOOKER,
    HOME
  )

describe('to write, or to run something else', () => {
  test.each([
    ['a command', ['id']],
    ['a file', ['touch /tmp/written']],
    ['a shell', ['sh', '-c', 'id']],
    ['what is run for it', ['/usr/local/lib/tenant-deploy/look']],
    ['what is run for it, as root', ['sudo -n /usr/local/lib/tenant-deploy/look']],
    ['our word, and one more', ['tenant-deploy-look; id']],
    ['our word, and a new line', ['tenant-deploy-look\nid']],
    ['our word among blanks', [' tenant-deploy-look']],
    ['an option for the shell', ['--', '-c id']],
    ['rsync’s server', ['rsync --server --sender -logDtpre.iLsfxCIvu . /etc/passwd']],
    ['no command at all', []]
  ])('%s: the door refuses', async (_, words) => {
    const before = await traces()
    const { code, stdout, stderr } = await ssh(words)
    expect({ code, stdout }).toEqual({ code: 126, stdout: '' })
    expect(stderr).toContain(DOOR)
    expect(await traces()).toBe(before)
  })

  test.each([
    ['a program', '#!/bin/sh\nid >/tmp/written\n'],
    ['a program for node', "require('fs').writeFileSync('/tmp/written', '')\n"],
    ['a program after a line', '{}\nrequire("fs")\n'],
    ['questions that are set from before', 'globalThis.__REQUESTS__ = {}\n'],
    ['nothing', ''],
    ['half a line', '{"protocol":1,"requests":{"a":{"kind":"clock"}}}']
  ])('%s in place of questions: the collector refuses', async (_, input) => {
    const before = await traces()
    const { code, stdout, stderr } = await ssh(['tenant-deploy-look'], input)
    if (input.startsWith('{}')) expect(stdout).toContain('mismatch')
    else {
      expect({ code, stdout }).toEqual({ code: 65, stdout: '' })
      expect(stderr).toContain('this key takes questions of tenant-deploy, and nothing else')
    }
    expect(stderr).not.toMatch(/^ +at /m)
    expect(await traces()).toBe(before)
  })

  test('a variable of the environment does not arrive', async () => {
    const more = ['-o', 'SetEnv=NODE_OPTIONS=--require=/tmp/x BASH_ENV=/tmp/x ENV=/tmp/x', '-o', 'SendEnv=*']
    expect((await ssh(['id'], '', more)).stderr).toContain(DOOR)
  })

  test('no terminal is given', async () => {
    const { code, stdout, stderr } = await ssh(['id'], '', ['-tt'])
    expect(code, stdout).not.toBe(0)
    expect(stderr).toContain('PTY allocation request failed')
  })

  test('neither an agent nor a display is forwarded', async () => {
    const agent = await ssh(['id'], '', ['-v', '-A', '-X'])
    expect(agent.stderr).toContain(DOOR)
    // sshd says in the options of the key what it does not allow.
    expect(agent.stderr).toMatch(/agent-forwarding|Agent forwarding disabled|key options/i)
  })

  test('sudo lets the account do one thing, and not with a word behind it', async () => {
    const as = { as: LOOKER }
    const { stdout } = await world.exec(['sudo', '-n', '-l'], as)
    const [, rules = ''] = stdout.replaceAll(/\s+/g, ' ').split('may run the following commands on ')
    expect(rules).toMatch(/: \(root\) (?:NOPASSWD: |NOSETENV: )+\/usr\/local\/lib\/tenant-deploy\/look ""\s*$/)
    for (const words of [['id'], ['/usr/local/lib/tenant-deploy/look', 'x'], ['-u', 'deploy', 'id'], ['-s']]) {
      const { code, stderr } = await world.exec(['sudo', '-n', ...words], as)
      expect({ words, code }).toEqual({ words, code: 1 })
      expect(stderr).toMatch(/password is required|not allowed/)
    }
    const set = await world.exec(['sudo', '-n', 'NODE_OPTIONS=--version', '/usr/local/lib/tenant-deploy/look'], as)
    expect(set).toMatchObject({ code: 1, stdout: '' })
  })

  test('the account can write nowhere in what holds it', async () => {
    const script = `for path in "$1" "$1/.ssh" "$1/.ssh/authorized_keys" /usr/local/lib/tenant-deploy /usr/local/lib/tenant-deploy/*; do
[ ! -w "$path" ] || echo "$path"; done`
    expect(await world.exec(['sh', '-c', script, 'sh', HOME], { as: LOOKER })).toMatchObject({ code: 0, stdout: '' })
  })
})

describe('to copy a file', () => {
  const to = () => join(folder, 'copied')
  const port = String(world.host.port)

  test.each([
    ['scp', () => ['scp', ...options(), '-P', port, `${target}:${SECRET}`, to()]],
    ['scp as it was before', () => ['scp', '-O', ...options(), '-P', port, `${target}:${SECRET}`, to()]],
    [
      'scp to the host',
      () => ['scp', '-O', ...options(), '-P', port, `${keys.one.file}.pub`, `${target}:/tmp/written`]
    ],
    ['sftp', () => ['sftp', ...options(), '-P', port, `${target}:${SECRET}`, to()]],
    ['rsync', () => ['rsync', '-e', `ssh ${options().join(' ')} -p ${port}`, `${target}:${SECRET}`, to()]],
    [
      'rsync to the host',
      () => ['rsync', '-e', `ssh ${options().join(' ')} -p ${port}`, `${keys.one.file}.pub`, `${target}:/tmp/written`]
    ]
  ])('%s: the door refuses', async (name, words) => {
    const before = await traces()
    const { code, stdout, stderr } = await runToEnd(words())
    expect(code, stdout).not.toBe(0)
    // Of a subsystem, which sftp is, sshd passes no error on.
    if (!/^scp|^sftp/.test(name) || words().includes('-O')) expect(stderr).toContain(DOOR)
    expect(readdirSync(folder)).toEqual([])
    expect(await traces()).toBe(before)
  })
})

test('the subsystem for files is refused with the door’s own exit code', async () => {
  expect(await ssh(['sftp'], '', ['-s'])).toMatchObject({ code: 126, stdout: '' })
})

describe('to open a port', () => {
  /** A client that stays for its forwardings alone; ends when sshd refuses them, or with the test. */
  async function forwarding(words: string[], use: () => Promise<void>, until = /Entering interactive session/) {
    const child = spawn('ssh', [...options(), '-v', '-N', '-p', String(world.host.port), ...words, target])
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
    const ended = new Promise((resolve) => child.once('close', resolve))
    try {
      await expect.poll(() => said, { timeout: 30_000 }).toMatch(until)
      await use()
      return said
    } finally {
      child.kill()
      await ended
    }
  }

  /** What comes of a connection to a port of this machine. */
  const reach = (local: number) =>
    new Promise<string>((resolve) => {
      let read = ''
      const socket = createConnection(local, '127.0.0.1')
      socket.on('data', (data) => (read += data.toString('latin1')))
      socket.on('error', () => undefined).on('close', () => resolve(read))
      socket.write('GET / HTTP/1.0\r\n\r\n')
    })

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return port
  }

  test('-L, to the databases: sshd refuses', async () => {
    const local = await freePort()
    let read = 'unread'
    const said = await forwarding(['-L', `${local}:127.0.0.1:${world.host.postgres.port}`], async () => {
      read = await reach(local)
    })
    expect(read).toBe('')
    expect(said).toMatch(/administratively prohibited/)
  })

  test('-L, to a socket: sshd refuses', async () => {
    const local = await freePort()
    let read = 'unread'
    const socket = `/var/run/postgresql/.s.PGSQL.${world.host.postgres.port}`
    const said = await forwarding(['-L', `${local}:${socket}`], async () => {
      read = await reach(local)
    })
    expect(read).toBe('')
    expect(said).toMatch(/administratively prohibited|open failed/)
  })

  test('-D, to anywhere: sshd refuses', async () => {
    const local = await freePort()
    const said = await forwarding(['-D', String(local)], async () => {
      const { code } = await runToEnd([
        'curl',
        '-s',
        '-m',
        '5',
        '-x',
        `socks5://127.0.0.1:${local}`,
        `http://127.0.0.1:${world.host.http_port}/`
      ])
      expect(code).not.toBe(0)
    })
    expect(said).toMatch(/administratively prohibited|open failed/)
  })

  test('-R, from the host: sshd refuses', async () => {
    const refused = /remote port forwarding failed/
    const said = await forwarding(['-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:9'], async () => {}, refused)
    expect(said).toMatch(refused)
  })

  test('the library that we use is refused the same', async () => {
    const client = new ssh2.Client()
    try {
      const ready = new Promise<void>((resolve, reject) => {
        client.on('ready', () => resolve()).on('error', reject)
      })
      client.connect({ host: world.host.address, port: world.host.port, username: LOOKER, privateKey: keys.one.text })
      await ready
      const refused = (start: (done: (error: Error | undefined) => void) => void) =>
        new Promise<string>((resolve) => start((error) => resolve(error?.message ?? 'granted')))
      expect(
        await refused((done) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', world.host.postgres.port, done))
      ).toMatch(/open failed/)
      expect(await refused((done) => client.forwardIn('127.0.0.1', 0, done))).toMatch(/Unable to bind/)
      expect(await refused((done) => client.shell(done))).not.toBe('granted')
      // The subsystem is not refused by sshd: what answers in its place is the door.
      expect(await refused((done) => client.sftp(done))).not.toBe('granted')
    } finally {
      client.end()
    }
  })
})

test('whatever was tried, nothing was written', async () => {
  expect((await world.exec(['sh', '-c', 'ls /tmp/written'])).code).not.toBe(0)
  expect(existsSync(join(folder, 'copied'))).toBe(false)
  writeFileSync(join(folder, 'copied'), '')
  expect(readdirSync(folder)).toEqual(['copied'])
})
