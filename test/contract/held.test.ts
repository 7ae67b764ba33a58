import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../src/facts/facts.ts'
import type { FactRequest } from '../../src/facts/requests.ts'
import { HeldConnection } from '../../src/remote/held-connection.ts'
import { connectSsh } from '../../src/remote/ssh.ts'
import { loadTenant } from '../../src/tenant/load.ts'
import { layout as layoutOf, type Layout } from '../../src/tenant/layout.ts'
import type { Host } from '../../src/tenant/host.ts'
import { leaksIn } from '../world/leaks.ts'
import { LOOKER, observers, type Observers } from '../world/observer.ts'
import { restore } from '../world/on-host.ts'
import { sshOptions } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'
import { bench, tenant, type Bench } from './bench.ts'

/** What the holder of the key learns by questions of their own making. */
const world = await cloned()
const OTHER = 'yourbrand'
let keys: Observers
let one: Bench
let remote: HeldConnection
let host: Host
let layout: Layout
let as: string

const sh = async (script: string, ...args: string[]) => {
  const { code, stdout, stderr } = await world.exec(['sh', '-ec', script, 'sh', ...args])
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
  return stdout.trim()
}
const ask = async (request: FactRequest): Promise<Answer> => (await remote.gather({ it: request })).it
const refused = (why: RegExp) => ({
  ok: false,
  cause: expect.stringMatching(new RegExp(`^the key that only looks may not ask this: .*${why.source}`)) as string
})

beforeAll(async () => {
  one = await bench(world, 'app')
  keys = observers(world, tenant)
  await keys.provision(keys.one)
  await one.converge()
  remote = new HeldConnection(
    await connectSsh(sshOptions(world, { user: LOOKER, privateKey: keys.one.text })),
    new AbortController().signal,
    world.host.user
  )
  const loaded = loadTenant(world.repository.path, tenant)
  host = loaded.host
  layout = layoutOf(host, loaded.tenant)
  as = layout.account
})

afterAll(async () => {
  await remote[Symbol.asyncDispose]()
  await keys.forget()
  await one[Symbol.asyncDispose]()
  keys[Symbol.dispose]()
  restore(world)
})

const current = () => layout.lane('app').current
const all = 64 * 1024 * 1024

describe('where a file holds secrets', () => {
  test('`.env.local` is told by its names and hashes, and by nothing more', async () => {
    const answer = await ask({ kind: 'file', path: `${current()}/.env.local`, contentUpTo: all, env: true, as })
    expect(answer).toMatchObject({ ok: true, fact: { mode: '0600', env: expect.any(Object) as object } })
    expect(JSON.stringify(answer)).not.toContain('content')
  })

  test('no question tells its text, and none another tenant’s at all', async () => {
    const secrets: Record<string, string> = {}
    for (const name of [tenant, OTHER]) {
      const text = await sh('cat /srv/tenants/"$1"/app/current/.env.local 2>/dev/null || :', name)
      for (const [, key = '', value = ''] of text.matchAll(/^(DATABASE_URL|SESSION_SECRET)="?([^"\n]+)/gm))
        secrets[`${name} ${key}`] = value
    }
    expect(Object.keys(secrets).length).toBeGreaterThan(0)
    const paths = [
      `${current()}/.env.local`,
      `${layout.pm2Home}/dump.pm2`,
      `/srv/tenants/${OTHER}/app/current/.env.local`
    ]
    const accounts = [undefined, as, `tenant-${OTHER}`]
    const requests = Object.fromEntries(
      paths.flatMap((path) =>
        accounts.flatMap((account) =>
          [{}, { env: true as const }].map((more) => {
            const request: FactRequest = {
              kind: 'file',
              path,
              contentUpTo: all,
              ...more,
              ...(account && { as: account })
            }
            return [`${path} ${account} ${JSON.stringify(more)}`, request] as const
          })
        )
      )
    )
    const answers = await remote.gather(requests)
    expect(leaksIn(JSON.stringify(answers), secrets)).toEqual([])
    expect(answers[`/srv/tenants/${OTHER}/app/current/.env.local ${as} {}`]).toEqual(refused(/rights of its tenant/))
    expect(answers[`${current()}/.env.local undefined {}`]).toEqual(refused(/rights of its tenant/))
  })

  test.each(['/etc/shadow', '/etc/pgbouncer/userlist.txt', '/root/.bashrc', '/etc/ssh/ssh_host_ed25519_key'])(
    '%s is told neither by text nor by hash',
    async (path) => {
      const answer = await ask({ kind: 'file', path, contentUpTo: all })
      expect(answer).toMatchObject({ ok: true, fact: { exists: true } })
      expect(Object.keys((answer as { fact: object }).fact)).not.toContain('sha256')
      expect(Object.keys((answer as { fact: object }).fact)).not.toContain('content')
    }
  )

  test('what a release says of itself is told by text, and so are nginx’ sites', async () => {
    for (const path of [`${current()}/.tenant/release.json`, `${current()}/.tenant/site.conf`, layout.site('app')])
      expect(await ask({ kind: 'file', path, contentUpTo: all, as })).toMatchObject({
        ok: true,
        fact: { content: expect.any(String) as string }
      })
  })

  test('of PgBouncer the settings are told that are compared, and no credential', async () => {
    const { config, databases, users, pid } = host.pgbouncer
    const answer = await ask({ kind: 'pooler', config, databases, users, pidFile: pid, database: tenant, role: tenant })
    expect(answer).toMatchObject({ ok: true, fact: { listed: true } })
    const { fact } = answer as unknown as { fact: { config: { settings: object } } }
    expect(Object.keys(fact.config.settings).sort()).toEqual(['auth_file', 'auth_type'])
    const [, secret = ''] = (await sh('grep "^\\"$1\\"" "$2"', tenant, users)).split('" "')
    expect(JSON.stringify(answer)).not.toContain(secret.split('$')[2])
  })
})

describe('a link that a tenant has put somewhere', () => {
  /** In the live release, as the tenant; what was there comes back. */
  async function linked(path: string, target: string, use: () => Promise<void>): Promise<void> {
    await one.tamper(`mv -- "${path}" /tmp/kept-by-the-tenant; ln -s -- "${target}" "${path}"`)
    try {
      await use()
    } finally {
      await one.tamper(`rm -- "${path}"; mv -- /tmp/kept-by-the-tenant "${path}"`)
    }
  }

  test('to its own secrets, in the place of what is told by text: the hash is told', async () => {
    await linked('.tenant/site.conf', '../.env.local', async () => {
      const answer = await ask({ kind: 'file', path: `${current()}/.tenant/site.conf`, contentUpTo: all, as })
      expect(answer).toMatchObject({ ok: true, fact: { link: '../.env.local', sha256: expect.any(String) as string } })
      expect(JSON.stringify(answer)).not.toContain('content')
    })
  })

  test('to what only root reads: the kernel refuses, as it is read as the tenant', async () => {
    await linked('.tenant/site.conf', '/etc/shadow', async () => {
      const path = `${current()}/.tenant/site.conf`
      expect(await ask({ kind: 'file', path, contentUpTo: all, as })).toMatchObject({
        ok: false,
        cause: expect.stringContaining('EACCES') as string
      })
      expect(await ask({ kind: 'file', path, contentUpTo: all })).toEqual(refused(/rights of its tenant/))
      expect(await ask({ kind: 'certificate', certificate: path, key: path })).toEqual(refused(/in a tenant's folder/))
    })
  })

  test('from elsewhere into its folder, and to the kernel: root does not follow', async () => {
    const folder = `/tmp/links-${tenant}`
    await sh(
      'mkdir "$1"; ln -s "$2/.env.local" "$1/env"; ln -s /proc/kmsg "$1/kernel"; ln -s /dev/zero "$1/zero"',
      folder,
      current()
    )
    try {
      expect(await ask({ kind: 'file', path: `${folder}/env`, contentUpTo: all })).toEqual(
        refused(/in a tenant's folder/)
      )
      for (const name of ['kernel', 'zero'])
        expect(await ask({ kind: 'file', path: `${folder}/${name}` })).toEqual(refused(/is the kernel's/))
    } finally {
      await sh('rm -r "$1"', folder)
    }
  })

  test('in the place of its lock: it is not followed', async () => {
    await sh(`cd "$1"; mv lock lock.kept; ln -s app/current/.env.local lock`, layout.root)
    try {
      expect(await ask({ kind: 'lock', path: layout.lock, as })).toMatchObject({
        ok: false,
        cause: expect.stringContaining('ELOOP') as string
      })
    } finally {
      await sh('cd "$1"; rm lock; mv lock.kept lock', layout.root)
    }
  })
})

describe('ports', () => {
  const probe = (port: number, path = '/api/health', account: string | null = as) =>
    ask({
      kind: 'probe',
      port,
      path,
      host: 'booking.otherbrand.test',
      release: null,
      deadlineMs: 0,
      ...(account && { as: account })
    })
  const not = (why: string) => ({ ok: true, fact: { ok: false, attempts: [{ ms: 0, error: `not asked: ${why}` }] } })
  const UNKNOWN = 'no live release of this tenant was made with this port and path'
  const live = async () => (await one.host.live()).processes[0]!.port

  test('the app’s own is asked', async () => {
    expect(await probe(await live())).toMatchObject({ ok: true, fact: { ok: true, attempts: [{ status: 200 }] } })
  })

  test('no other one is, whether anything listens there or not, and no other path', async () => {
    for (const port of [
      world.host.port,
      world.host.http_port,
      world.host.postgres.port,
      world.host.pgbouncer.port,
      1,
      65535
    ])
      expect(await probe(port)).toEqual(not(UNKNOWN))
    expect(await probe(await live(), '/')).toEqual(not(UNKNOWN))
    expect(await probe(await live(), '/api/health', null)).toEqual(not(UNKNOWN))
    expect(await probe(await live(), '/api/health', `tenant-${OTHER}`)).toEqual(not(UNKNOWN))
  })

  test('a tenant that names another port in its record has that one asked only where it listens itself', async () => {
    await one.tamper(
      `cp .tenant/release.json /tmp/record-kept; sed -i 's/"ports":"[^"]*"/"ports":"${world.host.http_port} 1"/' .tenant/release.json`
    )
    try {
      const error = `port ${world.host.http_port} is answered by account root, not by tenant-${tenant}`
      expect(await probe(world.host.http_port)).toEqual({
        ok: true,
        fact: { ok: false, attempts: [{ ms: expect.any(Number) as number, error, foreign: ['root'] }] }
      })
    } finally {
      await one.tamper('cat /tmp/record-kept >.tenant/release.json; rm /tmp/record-kept')
    }
  })

  test('a database is reached at the host’s own addresses alone', async () => {
    const login = { database: tenant, user: tenant, password: 'guess' }
    const { address, port } = host.postgres
    for (const [where, at] of [
      ['127.0.0.1', world.host.port],
      ['10.0.0.7', port],
      ['localhost', port]
    ] as const)
      expect(await ask({ kind: 'migrations', host: where, port: at, ...login })).toEqual(
        refused(/is not this host's own/)
      )
    expect(await ask({ kind: 'migrations', host: address, port, ...login })).toMatchObject({
      ok: false,
      cause: expect.stringMatching(/password authentication failed/) as string
    })
    expect(await ask({ kind: 'migrations', host: address, port, ...login, user: 'postgres' })).toEqual(
      refused(/administrator/)
    )
  })
})

describe('what else can’t be asked', () => {
  test('a tenant’s account that has the rights of root', async () => {
    await sh('useradd --non-unique --uid 0 --no-create-home tenant-rooted; mkdir -p /srv/tenants/rooted')
    try {
      const path = '/srv/tenants/rooted/secret'
      expect(await ask({ kind: 'file', path, contentUpTo: all, as: 'tenant-rooted' })).toEqual(
        refused(/the rights of root/)
      )
    } finally {
      await sh(
        'sed -i /^tenant-rooted:/d /etc/passwd /etc/shadow; groupdel tenant-rooted 2>/dev/null || :; rmdir /srv/tenants/rooted'
      )
    }
  })
})

describe('the connection', () => {
  const refusal = {
    kind: 'privilege',
    message: expect.stringMatching(/^the key that was handed over may only look/) as string
  }

  test('refuses to act before it asks the host', async () => {
    const options = { step: 'touch a file', deadlineMs: 1000 }
    await expect(remote.execute({ words: ['touch', '/tmp/x'] }, options)).rejects.toMatchObject(refusal)
    await expect(remote.sync()).rejects.toMatchObject(refusal)
    await expect(remote.dial('127.0.0.1', world.host.postgres.port)).rejects.toMatchObject(refusal)
    await expect(remote.open({ words: ['sh'] }, options)).rejects.toMatchObject(refusal)
    await expect(remote.watch()).rejects.toMatchObject({
      kind: 'privilege',
      remedy: expect.stringContaining('ssh-key') as string
    })
  })

  test('is left by the host when nobody waits for an answer any more', async () => {
    const controller = new AbortController()
    const connection = new HeldConnection(
      await connectSsh(sshOptions(world, { user: LOOKER, privateKey: keys.one.text })),
      controller.signal,
      world.host.user
    )
    const running = async () => (await world.exec(['pgrep', '-f', 'tenant-deploy/collector.cjs'])).stdout.trim()
    const port = (await one.host.live()).processes[0]!
    await sh('kill -STOP "$1"', String(port.pid))
    try {
      const asked = connection.gather({
        it: { kind: 'probe', port: port.port, path: '/api/health', host: 'a', release: null, deadlineMs: 0, as }
      })
      asked.catch(() => undefined)
      await expect.poll(running, { timeout: 20_000 }).not.toBe('')
      controller.abort(new Error('ended'))
      await expect(asked).rejects.toThrow('ended')
      await expect.poll(running, { timeout: 20_000 }).toBe('')
    } finally {
      await sh('kill -CONT "$1"', String(port.pid))
      await connection[Symbol.asyncDispose]()
    }
  })

  test('says a deadline that has passed', async () => {
    const port = (await one.host.live()).processes[0]!
    await sh('kill -STOP "$1"', String(port.pid))
    try {
      const request = {
        kind: 'probe',
        port: port.port,
        path: '/api/health',
        host: 'a',
        release: null,
        deadlineMs: 0,
        as
      } as const
      await expect(remote.gather({ it: request }, { deadlineMs: 500 })).rejects.toMatchObject({ kind: 'deadline' })
    } finally {
      await sh('kill -CONT "$1"', String(port.pid))
    }
  })
})
