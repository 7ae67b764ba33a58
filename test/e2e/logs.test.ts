import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { LogEntry } from '../../src/report/report.ts'
import { onHost, restore } from '../world/on-host.ts'
import { ROOT, tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran, RunOptions } from '../world/world.ts'

const world = await cloned()
const tenant = onHost(world, TINY)
const LOGS = `${ROOT}/app/shared/log`
const NGINX = '/var/log/nginx'
const SECRET = 'a session secret: "quoted" & 100% $HOME'
let tiny: TinyTenant
let release = ''

/** Prints what it is asked to print, and throws what it is asked to throw. */
const SERVER = `import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const release = process.env.RELEASE_ID
console.log('up: ' + release)
createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app')
  if (pathname === '/out') process.stdout.write(searchParams.get('text').repeat(searchParams.get('times') ?? 1) + '\\n')
  if (pathname === '/error') console.error(new Error(searchParams.get('text')))
  if (pathname === '/secrets') console.log(readFileSync('.env.local', 'utf8'))
  if (pathname === '/widget/booking.js') return response.end(readFileSync('public/widget/booking.js'))
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ release }))
}).listen(Number(process.env.PORT), '127.0.0.1')
`

const sh = (script: string, ...args: string[]) => tenant.must(['sh', '-ec', script, 'sh', ...args])
const logs = (...words: string[]) => world.tenant(['logs', TINY, ...words], options)
const options: RunOptions = {}
const app = (path: string) => world.visit(world.url('booking.otherbrand.test', path))
const site = (path: string) => world.visit(world.url('www.otherbrand.test', path))
const say = (text: string) => app(`/out?text=${encodeURIComponent(text)}`)

function entries(ran: { code: number; stdout: string; stderr: string }): LogEntry[] {
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  return ran.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogEntry]))
}

async function deploy(lane = 'all'): Promise<Ran> {
  const ran = await world.tenant(['deploy', TINY, lane, '--json'], options)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  return ran
}

/** What runs on the host for those who read logs there: shells, what they become others with, and the collector. */
async function readers(): Promise<string[]> {
  const all = await tenant.must(['ps', '-eo', 'args='])
  return all.split('\n').filter((line) => /^(node .*-$|sudo -n |sh -c IFS=|base64 -d|gzip -dc)/.test(line))
}

const nobodyReads = () => vi.waitUntil(async () => (await readers()).length === 0, { timeout: 20_000, interval: 200 })

interface Following {
  child: ReturnType<typeof world.start>['child']
  done: Promise<Ran>
  out(): string
  until(text: string): Promise<unknown>
}

async function follow(...words: string[]): Promise<Following> {
  const { child, done } = world.start(['logs', TINY, '--follow', ...words], options)
  let out = ''
  child.stdout!.on('data', (text: string) => (out += text))
  const until = (text: string) => vi.waitUntil(() => out.includes(text), { timeout: 60_000, interval: 50 })
  await vi.waitUntil(() => out !== '', { timeout: 60_000, interval: 50 })
  return { child, done, out: () => out, until }
}

beforeAll(async () => {
  tiny = tinyTenant(world)
  await tenant.forgetAll()
  world.repository.write(`${tiny.app}/server.mjs`, SERVER)
  const secrets = { ...(JSON.parse(readFileSync(world.host.secrets_file, 'utf8')) as Record<string, string>) }
  options.env = { TENANT_SECRETS: JSON.stringify({ ...secrets, OTHERBRAND_SESSION_SECRET: SECRET }) }
})

afterAll(async () => {
  await sh(`rm -f ${NGINX}/${TINY}-*.log.1`)
  restore(world)
})

describe('before anything is deployed', () => {
  test('what there is is shown, and what there is not is said', async () => {
    const ran = await logs('-n', '0')
    expect(ran).toMatchObject({ code: 0, stdout: '', stderr: 'there is no log yet of app out, app error\n' })
  })

  test('where there is nothing at all, that is an error', async () => {
    const kept = '/root/kept-logs'
    await sh(`mkdir "$1"; mv ${NGINX}/${TINY}-* "$1"`, kept)
    try {
      const ran = await logs()
      expect(ran.code).toBe(2)
      expect(ran.stderr).toContain('error: there are no logs yet\n')
      expect(ran.stderr).toContain('remedy: deploy first')
    } finally {
      await sh(`mv "$1"/* ${NGINX}/; rmdir "$1"`, kept)
    }
  })
})

describe('of a tenant that is deployed', () => {
  beforeAll(async () => {
    release = (await deploy()).lane('app').release!
  })

  test('lines of all logs, by time, each with its source', async () => {
    await app('/first')
    await site('/no-such-page')
    await say('said once')
    await app('/error?text=broken+once')
    const all = entries(await logs('--json'))
    const find = (lane: string, source: string, text: string) =>
      all.findIndex((one) => one.lane === lane && one.source === source && one.text.includes(text))
    const found = [
      find('app', 'out', `up: ${release}`),
      find('app', 'access', '"GET /first HTTP/1.1" 200'),
      find('marketing', 'access', '"GET /no-such-page HTTP/1.1" 404'),
      find('app', 'out', 'said once'),
      find('app', 'error', 'Error: broken once')
    ]
    expect(Math.min(...found), JSON.stringify(all)).toBeGreaterThanOrEqual(0)
    expect(all.map(({ at }) => at)).toEqual(all.map(({ at }) => at).toSorted())
    expect(all[found[0]!]!.text).toBe(`up: ${release}`)
    const thrown = all.slice(found[4]).map(({ text }) => text)
    expect(thrown[1]).toMatch(/^ {4}at /)
    expect(Math.abs(Date.parse(all.at(-1)!.at) - Date.now())).toBeLessThan(10 * 60_000)
  })

  test('as text, in columns', async () => {
    const { stdout, stderr, code } = await logs('-n', '3')
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines)
      expect(line).toMatch(
        /^2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ (app (out|error|access|nginx)|marketing (access|nginx)) +\| /
      )
  })

  test('of one lane, and none that the tenant does not have', async () => {
    const one = entries(await logs('--json', '--lane', 'marketing'))
    expect(new Set(one.map(({ lane }) => lane))).toEqual(new Set(['marketing']))
    tiny.manifest((text) => text.replace(/^marketing:[\s\S]*/m, ''))
    const ran = await logs('--lane', 'marketing')
    expect(ran.code).toBe(64)
    expect(ran.stderr).toContain('the tenant otherbrand has no marketing lane')
    tiny.manifest((text) => text)
  })

  test('since a time, also in what was put aside, packed or not; in the host’s own time zone', async () => {
    const stamp = (day: string) => `127.0.0.1 - - [${day}/Nov/2025:10:00:00 +0100] "GET /${day} HTTP/1.1" 200 1 "-" "-"`
    const file = `${NGINX}/${TINY}-marketing.access.log`
    const error = `${NGINX}/${TINY}-marketing.error.log`
    await sh('echo "$2" >"$1.1"; echo "$3" | gzip >"$1.2.gz"', file, stamp('20'), stamp('19'))
    await sh(
      `echo '2025/07/01 12:00:00 [error] 1#1: *1 of summer' >"$1.1"
[ ! -e /etc/localtime ] || mv /etc/localtime /etc/localtime.kept
ln -s /usr/share/zoneinfo/Europe/Vienna /etc/localtime`,
      error
    )
    try {
      const since = async (day: string) =>
        entries(await logs('--json', '--lane', 'marketing', '--since', day))
          .filter(({ at }) => at < '2026')
          .map(({ at, source }) => `${at} ${source}`)
      expect(await since('2025-11-20')).toEqual(['2025-11-20T09:00:00Z access'])
      expect(await since('2025-06-01')).toEqual([
        '2025-07-01T10:00:00Z nginx',
        '2025-11-19T09:00:00Z access',
        '2025-11-20T09:00:00Z access'
      ])
    } finally {
      await sh(
        'rm /etc/localtime; [ ! -e /etc/localtime.kept ] || mv /etc/localtime.kept /etc/localtime; rm "$1.1" "$1.2.gz" "$2.1"',
        file,
        error
      )
    }
  })

  test('lines that mean harm do none', async () => {
    await say('clear \x1b[2J\r and hide \u202e\u2028 it')
    await app('/out?text=long&times=5000')
    await sh('printf "\\377\\376 no text\\n" >>"$1"', `${LOGS}/${release}.out.log`)
    const { stdout } = await logs('-n', '10', '--lane', 'app')
    expect(stdout).toContain('| clear \\x1b[2J\\r and hide \\u202e\\u2028 it\n')
    expect(stdout).toMatch(/\| long[long]+…\n/)
    expect(stdout).toContain('| \ufffd\ufffd no text\n')
    expect(stdout.replaceAll('\n', '')).toMatch(/^[\x20-\x7e…\ufffd]*$/)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(4100)
  })

  test('what stands in the place of a log is not followed', async () => {
    await sh(
      'ln -s /etc/shadow "$1/x.out.log"; mkfifo "$1/y.out.log"; chown -h "$2" "$1"/[xy].out.log',
      LOGS,
      tenant.account
    )
    try {
      const { code, stdout, stderr } = await logs('-n', '10000', '--lane', 'app')
      expect(code).toBe(0)
      expect(stdout).toContain(`up: ${release}`)
      expect(stdout).not.toContain('root:')
      for (const name of ['x', 'y'])
        expect(stderr).toContain(
          `of app out something could not be read: ${LOGS}/${name}.out.log is not a regular file\n`
        )
    } finally {
      await sh('rm "$1"/[xy].out.log', LOGS)
    }
  })

  test('a secret that the app prints is not shown', async () => {
    await app('/secrets')
    const words = [
      ['-n', '50'],
      ['-n', '50', '--json']
    ]
    for (const { stdout } of [await logs(...words[0]!), await logs(...words[1]!)]) {
      expect(stdout).toContain('SESSION_SECRET=')
      expect(stdout).toContain('***')
      expect(stdout).not.toContain('a session secret')
    }
  })

  test('an account that may not become root is shown the rest, and told once', async () => {
    const [rule, kept] = ['/etc/sudoers.d/sandbox', '/root/sandbox-sudoers']
    await sh('mv "$1" "$2"', rule, kept)
    try {
      const { code, stdout, stderr } = await logs()
      expect(code).toBe(0)
      expect(stdout).toContain(`up: ${release}`)
      expect(stdout).not.toContain(' access ')
      expect(stderr.match(/\n/g)).toHaveLength(1)
      expect(stderr).toContain('could not become the account root to read the logs')
      const none = await logs('--lane', 'marketing')
      expect(none.code).toBe(2)
      expect(none.stderr).toContain('error: could not become the account root to read the logs')
    } finally {
      await sh('mv "$2" "$1"', rule, kept)
    }
  })

  test('a reader who has enough ends it', async () => {
    const following = await follow('-n', '5')
    following.child.stdout!.destroy()
    const ended = vi.waitUntil(
      async () => {
        await say('more')
        return following.child.exitCode !== null
      },
      { timeout: 60_000, interval: 500 }
    )
    await ended
    expect(await following.done).toMatchObject({ code: 0, stderr: '' })
    await nobodyReads()
  })

  test('followed: new lines of all logs as they come, through a rotation and a deploy, until Ctrl-C', async () => {
    await nobodyReads()
    const following = await follow('-n', '1')
    const reading = await readers()
    expect(reading.filter((line) => line.startsWith('node '))).toHaveLength(2)
    await say('said later')
    await app('/error?text=broken+later')
    await site('/visited-later')
    for (const text of [
      'app out          | said later',
      'app error        | Error: broken later',
      '"GET /visited-later'
    ])
      await following.until(text)

    // As logrotate does it: nginx writes to the old file until it is told to open the new one.
    await sh(
      `for file in ${NGINX}/${TINY}-*.access.log; do
  mv "$file" "$file.1"; install -o www-data -g adm -m 0640 /dev/null "$file"
done
mv "$1" "$1.1"`,
      `${LOGS}/${release}.out.log`
    )
    await site('/written-to-the-old-file')
    await following.until('"GET /written-to-the-old-file')
    await sh('nginx -s reopen')
    await vi.waitUntil(
      async () => {
        await site('/written-to-the-new-file')
        return (await sh(`cat ${NGINX}/${TINY}-marketing.access.log`)).includes('"GET /written-to-the-new-file')
      },
      { timeout: 20_000, interval: 200 }
    )
    await following.until('"GET /written-to-the-new-file')

    tiny.build('// Another release')
    release = (await deploy('app')).lane('app').release!
    await following.until(`app out          | up: ${release}`)
    await say('said by the new one')
    await following.until('said by the new one')

    following.child.kill('SIGINT')
    expect(await following.done).toMatchObject({ code: 0, stderr: '' })
    await nobodyReads()
    const texts = following.out().split('\n')
    for (const text of ['said later', 'GET /visited-later', 'GET /written-to-the-old-file', `up: ${release}`])
      expect(
        texts.filter((line) => line.includes(text)),
        text
      ).toHaveLength(1)
  })

  test('followed as JSON, until it is killed: nothing is left on the host', async () => {
    const following = await follow('--json', '-n', '1')
    await say('an object for each line')
    await following.until('"text":"an object for each line"')
    expect((await readers()).length).toBeGreaterThan(0)
    following.child.kill('SIGKILL')
    const ran = await following.done
    for (const line of ran.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('source')
    await nobodyReads()
  })

  test('followed until the connection is lost: an error, and nothing is left on the host', async () => {
    const following = await follow('-n', '1')
    await sh('pkill -KILL -u deploy sshd')
    expect(await following.done).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('error: the connection to the host was lost') as string
    })
    await nobodyReads()
  })
})
