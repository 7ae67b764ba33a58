import { createHash, randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { checkSite, placeSite, putBackSite } from '../../src/deploy/site.ts'
import { TenantError } from '../../src/errors.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { shipmentFor } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { adaptersTo, isRunning, must } from './adapters.ts'
import { failureOf } from '../contract/failure.ts'

const world = await cloned()
const folder = mkdtempSync(join(tmpdir(), 'adapters-'))
const from = join(folder, 'from')
const deadline = { step: 'try it', deadlineMs: 30_000 }

afterAll(() => rmSync(folder, { recursive: true }))

describe.each(adaptersTo(world))('$name', ({ user, privilege, connect }) => {
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

  test('1 MB and more in and out, byte for byte', async () => {
    const input = randomBytes(3 * 1024 * 1024)
    const sent = await remote.execute({ words: ['sha256sum'] }, { ...deadline, input })
    expect(sent.stdout).toBe(`${createHash('sha256').update(input).digest('hex')}  -\n`)
    const both = await remote.execute({ words: ['base64', '-w0'] }, { ...deadline, input })
    expect(both.stdout === input.toString('base64')).toBe(true)
  })

  describe('sync', () => {
    const to = `${base}/synced`
    const nothing = { created: [], changed: [], deleted: [], bytes: 0 }
    const sync = (otherwise = {}) => remote.sync({ from, to, deadlineMs: 60_000, ...otherwise })

    beforeEach(async () => {
      rmSync(from, { recursive: true, force: true })
      mkdirSync(join(from, 'assets'), { recursive: true })
      for (const path of ['index.html', 'assets/logo.svg', "it's\n$(odd)"])
        writeFileSync(join(from, path), `this is ${path}`)
      await must(world, ['rm', '-rf', to])
    })

    test('creates, changes and deletes, and nothing where nothing differs', async () => {
      expect((await sync()).created).toEqual(['assets/logo.svg', 'index.html', "it's\n$(odd)"])
      expect(await sync()).toEqual(nothing)
      writeFileSync(join(from, 'index.html'), 'THIS IS INDEX.HTML')
      rmSync(join(from, 'assets'), { recursive: true })
      expect(await sync()).toMatchObject({ created: [], changed: ['index.html'], deleted: ['assets/logo.svg'] })
      expect(await must(world, ['cat', `${to}/index.html`])).toBe('THIS IS INDEX.HTML')
    })

    test('keeps what it is told to', async () => {
      await sync()
      await must(world, [
        'sh',
        '-c',
        `mkdir ${to}/.tenant && echo 1 >${to}/.tenant/release.json && chown -R ${user}: ${to}`
      ])
      expect(await sync({ keep: ['.tenant'] })).toEqual(nothing)
      expect((await sync()).deleted).toEqual(['.tenant/release.json'])
    })

    test('as another account, whose files they are', async () => {
      const path = '/srv/tenants/otherbrand/synced'
      await sync({ as: 'tenant-otherbrand', to: path })
      expect(await must(world, ['stat', '-c', '%U', `${path}/index.html`])).toBe('tenant-otherbrand\n')
      await must(world, ['rm', '-r', path])
    })

    test('an account that is not there', async () => {
      expect(await failureOf(sync({ as: 'no-such-account' }))).toMatchObject({
        kind: 'privilege',
        message: 'could not become the account no-such-account to sync the files'
      })
    })
  })

  describe('standard output to a stream', () => {
    const file = join(folder, 'dump')

    afterEach(() => rmSync(file, { force: true }))

    test('byte for byte, from a file and into a file', async () => {
      const bytes = randomBytes(20 * 1024 * 1024)
      writeFileSync(join(folder, 'source'), bytes)
      const result = await remote.execute(
        { script: 'cat; echo said >&2', args: [] },
        { ...deadline, input: createReadStream(join(folder, 'source')), output: createWriteStream(file) }
      )
      expect(result).toEqual({ code: 0, stdout: '', stderr: 'said\n' })
      expect(readFileSync(file).equals(bytes)).toBe(true)
    })

    test('the host waits for a slow reader', async () => {
      const held: number[] = []
      const slow = new Writable({
        write(chunk: Buffer, _encoding, done) {
          held.push(chunk.length)
          void (held.length === 1 ? sleep(1500) : Promise.resolve()).then(() => done())
        }
      })
      const mark = `${base}/all-written`
      const reading = remote.execute(
        { script: 'dd if=/dev/zero bs=1M count=64 2>/dev/null; touch "$1"', args: [mark] },
        { ...deadline, output: slow, interruptible: true }
      )
      await vi.waitUntil(() => held.length === 1, { timeout: 10_000 })
      expect((await world.exec(['test', '-e', mark])).code).toBe(1)
      await reading
      expect(held.reduce((sum, length) => sum + length, 0)).toBe(64 * 1024 * 1024)
      expect((await world.exec(['test', '-e', mark])).code).toBe(0)
    })

    test('one that breaks, and an input that breaks', async () => {
      const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left on device')) })
      const script = { script: 'dd if=/dev/zero bs=1M count=64', args: [] }
      expect(await failureOf(remote.execute(script, { ...deadline, output: full }))).toMatchObject({
        kind: 'command',
        message: 'what the host sent could not be kept to try it: no space left on device',
        where: 'this machine'
      })
      const output = createWriteStream(join(folder, 'no-such-folder', 'dump'))
      expect(await failureOf(remote.execute(script, { ...deadline, output }))).toMatchObject({
        kind: 'command',
        message: expect.stringContaining('ENOENT') as string
      })
      const input = createReadStream(join(folder, 'no-such-file'))
      const failure = await failureOf(remote.execute({ words: ['cat'] }, { ...deadline, input }))
      expect(failure).toMatchObject({ kind: 'command', message: expect.stringContaining('ENOENT') as string })
    })

    test('where the command never begins, the stream is let go of', async () => {
      const output = createWriteStream(file)
      await failureOf(remote.execute({ words: ['true'] }, { ...deadline, as: 'no-such-account', output }))
      expect(output.destroyed).toBe(true)
    })

    test('and where it is interrupted', async () => {
      const controller = new AbortController()
      await using shaky = await connect({ signal: controller.signal })
      const reason = new TenantError('interrupted', 'stopped by SIGINT')
      const output = new Writable({
        write(_chunk, _encoding, done) {
          done()
          controller.abort(reason)
        }
      })
      const cut = shaky.execute(
        { script: 'echo begun; sleep 303', args: [] },
        { ...deadline, output, interruptible: true, as: 'tenant-otherbrand' }
      )
      await expect(cut).rejects.toBe(reason)
      await vi.waitUntil(() => output.destroyed)
      await vi.waitUntil(async () => !(await isRunning(world, 'sleep 303')), { timeout: 20_000, interval: 200 })
    })
  })

  test('has nginx check a site, take it and let it go, by the narrow rules or as root', async () => {
    const shipment = shipmentFor(world, 'otherbrand', remote)
    const allowed = { ...shipment, host: { ...shipment.host, privilege } }
    const path = '/etc/nginx/tenants.d/adapters.conf'
    const site = 'server { listen unix:/run/adapters.sock; return 204; }\n'
    const refused = await failureOf(checkSite(allowed, path, 'server { no_such_word; }\n'))
    expect(refused).toMatchObject({ kind: 'nginx', message: 'nginx does not accept the site' })
    expect(refused.log).toContain('no_such_word')
    await checkSite(allowed, path, site)
    await placeSite(allowed, path, site)
    expect(await must(world, ['cat', path])).toBe(site)
    await putBackSite(allowed, path)
    expect((await world.exec(['test', '-e', path])).code).toBe(1)
  })
})
