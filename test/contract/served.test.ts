import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkout } from '../sandbox/sandbox.ts'
import { onHost, restore } from '../world/on-host.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import { cloned } from '../world/cloned.ts'
import { nothingDone, tenant } from './bench.ts'

/** What nginx serves of a tenant's folder, which the tenant's account can fill as it likes, and what nginx' account can read of it. */
const world = await cloned()
const host = onHost(world, tenant)
const neighbour = onHost(world, 'yourbrand')
const SECRET = "The neighbour's own words"
const PORT = /ports: \[(\d+),/.exec(world.repository.read(`tenants/${tenant}/tenant.yml`))![1]!

const sh = (script: string, ...args: string[]) => host.must(['sh', '-ec', script, 'sh', ...args])
const asTenant = (script: string, ...args: string[]) =>
  host.must(['sudo', '-n', '-u', host.account, 'sh', '-ec', `cd ${host.root}\n${script}`, 'sh', ...args])
const marketing = (path: string) => world.visit(world.url(`www.${tenant}.test`, path))
const app = (path: string) => world.visit(world.url(`booking.${tenant}.test`, path))
const statusOf = async (asked: Promise<{ status: number }>) => (await asked).status

async function deploy(lane: 'app' | 'all' = 'all') {
  const ran = await world.tenant(['deploy', tenant, lane, '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  return ran
}

beforeAll(async () => {
  useTinyApp(world.repository, tenant)
  await host.forgetAll()
  await deploy()
  // The neighbour lets everybody read, so that what is refused below is refused by nginx.
  await sh(
    `cd "$2"
sudo -n -u "$1" sh -ec 'umask 022; mkdir -p marketing/releases/1/assets app/shared/static
for file in index.html 404.html page.html assets/logo.svg; do echo "$1" >"marketing/releases/1/$file"; done
echo "$1" >app/shared/static/build.txt' sh "$3"`,
    neighbour.account,
    neighbour.root,
    SECRET
  )
})

afterAll(async () => {
  await sh('rm -rf "$1/marketing" "$1/app"', neighbour.root)
  await host.forgetAll()
  restore(world)
})

/** Does as the tenant's account what a script says, and takes it back after the look. */
async function tampered(script: string, undo: string, look: () => Promise<void>): Promise<void> {
  await asTenant(script)
  try {
    await look()
  } finally {
    await asTenant(undo)
  }
}

describe('the marketing site', () => {
  test("serves its own pages, and what the tenant's own links lead to", async () => {
    const made =
      'mkdir parts; cp index.html parts/; ln -s index.html home.html; ln -s parts more; ln -s ../prices.html parts/p'
    await tampered(`cd marketing/current; ${made}`, 'cd marketing/current; rm -r parts home.html more', async () => {
      for (const path of [
        '/',
        '/index.html',
        '/prices',
        '/assets/logo.svg',
        '/home.html',
        '/home',
        '/more/',
        '/parts/p'
      ])
        expect([path, await statusOf(marketing(path))]).toEqual([path, 200])
      expect(await marketing('/no-such-page')).toMatchObject({
        status: 404,
        text: world.repository.read(`test/${tenant}-site/404.html`)
      })
    })
  })

  const there = `${neighbour.root}/marketing/releases/1`
  test.each([
    ['a file of the machine', 'ln -s /etc/passwd x', 'rm x', '/x'],
    ['a page of the neighbour', `ln -s ${there}/page.html x`, 'rm x', '/x'],
    ['the same, relative', 'ln -s ../../../../yourbrand/marketing/releases/1/page.html x', 'rm x', '/x'],
    ['the same, without its ending', `ln -s ${there}/page.html x.html`, 'rm x.html', '/x'],
    ['a link to such a link', `ln -s ${there}/page.html y; ln -s y x`, 'rm x y', '/x'],
    ['a folder of the neighbour', `ln -s ${there} x`, 'rm x', '/x/page.html'],
    ["that folder's own page", `ln -s ${there} x`, 'rm x', '/x/'],
    ['the page of a folder', `mkdir x; ln -s ${there}/page.html x/index.html`, 'rm -r x', '/x/'],
    ['the first page', `mv index.html i; ln -s ${there}/page.html index.html`, 'mv -f i index.html', '/'],
    ['the page for what is not found', `mv 404.html i; ln -s ${there}/404.html 404.html`, 'mv -f i 404.html', '/none']
  ])('does not follow a link out of it: %s', async (_, script, undo, path) => {
    await tampered(`cd marketing/current; ${script}`, `cd marketing/current; ${undo}`, async () => {
      const { status, text } = await marketing(path)
      expect([403, 404]).toContain(status)
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('root:')
    })
  })

  const current = 'mv marketing/current aside; ln -s "$target" marketing/current'
  const backAgain = 'rm marketing/current; mv aside marketing/current'
  test.each([
    ['current, by a release of the neighbour', `target=${there}; ${current}`, backAgain, '/page.html'],
    ['current, by a folder of the machine', `target=/etc; ${current}`, backAgain, '/passwd'],
    [
      'the folder of releases',
      `mv marketing/releases aside; ln -s ${neighbour.root}/marketing/releases marketing/releases
ln -s releases/1 marketing/.new; mv marketing/current kept; mv -T marketing/.new marketing/current`,
      'rm marketing/releases; mv aside marketing/releases; mv -fT kept marketing/current',
      '/page.html'
    ],
    [
      'the whole lane',
      `mv marketing aside; ln -s ${neighbour.root}/marketing marketing`,
      'rm marketing; mv aside marketing',
      '/releases/1/page.html'
    ]
  ])('answers 503 where a link takes the place of %s', async (_, script, undo, path) => {
    await tampered(script, undo, async () => {
      const { status, text, headers } = await marketing(path)
      expect(status).toBe(503)
      expect(text).not.toContain(SECRET)
      expect(headers['x-content-type-options']).toBe('nosniff')
    })
    expect(await statusOf(marketing('/'))).toBe(200)
  })
})

describe("the app's built files", () => {
  const path = '/_next/static/build.txt'
  const theirs = `${neighbour.root}/app/shared`

  test('are served', async () => {
    expect(await statusOf(app(path))).toBe(200)
    await tampered('ln -s build.txt app/shared/static/own.txt', 'rm app/shared/static/own.txt', async () => {
      expect(await statusOf(app('/_next/static/own.txt'))).toBe(200)
    })
  })

  test.each([
    [
      'a file of the machine',
      'cd app/shared/static; mv build.txt i; ln -s /etc/passwd build.txt',
      'cd app/shared/static; mv -f i build.txt'
    ],
    [
      'a file of the neighbour',
      `cd app/shared/static; mv build.txt i; ln -s ${theirs}/static/build.txt build.txt`,
      'cd app/shared/static; mv -f i build.txt'
    ],
    [
      "the neighbour's folder in the place of its own",
      `mv app/shared/static aside; ln -s ${theirs}/static app/shared/static`,
      'rm app/shared/static; mv aside app/shared/static'
    ],
    [
      "the neighbour's folder around it",
      `mv app/shared aside; ln -s ${theirs} app/shared`,
      'rm app/shared; mv aside app/shared'
    ]
  ])('do not lead out of their folder: %s', async (_, script, undo) => {
    await tampered(script, undo, async () => {
      const { status, text } = await app(path)
      expect([403, 404]).toContain(status)
      expect(text).not.toContain(SECRET)
      expect(text).not.toContain('root:')
    })
    expect(await statusOf(app(path))).toBe(200)
  })
})

describe("nginx' account", () => {
  const nginx = (...argv: string[]) =>
    world.exec(['setpriv', '--reuid', 'www-data', '--regid', 'www-data', '--init-groups', '--', ...argv])
  const PRIVATE = [
    'app/current/server.js',
    'app/current/package.json',
    'app/current/migrations/0001_bookings.sql',
    'app/current/.next/static/build.txt',
    'app/current/public/widget/booking.js',
    'app/current/.env.local',
    'app/current/.tenant/release.json',
    'app/current/.tenant/process.json'
  ]
  const refused = async () => {
    const logs = (await sh('ls -d "$1"/app/shared/log/*.out.log', host.root)).trim().split('\n')
    const records = `/var/lib/tenant-deploy/records/${tenant}/log`
    for (const file of [...PRIVATE.map((name) => `${host.root}/${name}`), ...logs, records]) {
      await host.must(['test', '-e', file])
      expect([file, (await nginx('cat', '--', file)).stderr]).toEqual([
        file,
        expect.stringContaining('Permission denied')
      ])
    }
  }
  const served = async () => {
    for (const file of ['marketing/current/index.html', 'app/shared/static/build.txt'])
      expect([file, (await nginx('cat', `${host.root}/${file}`)).code]).toEqual([file, 0])
  }

  test('reads what it serves, and none of the sources and logs', async () => {
    await served()
    await refused()
    for (const folder of ['app', 'app/releases', 'app/current/', 'app/shared/log'])
      expect([folder, (await nginx('ls', `${host.root}/${folder}`)).code]).not.toEqual([folder, 0])
  })

  test("sees the marker of the release's port", async () => {
    const marker = `${host.root}/app/current/.tenant/upstream-b`
    await tampered(
      '[ ! -e app/current/.tenant/upstream-b ]; : >app/current/.tenant/upstream-b',
      'rm app/current/.tenant/upstream-b',
      async () => {
        expect((await nginx('test', '-f', marker)).code).toBe(0)
      }
    )
    expect((await nginx('test', '-f', marker)).code).toBe(1)
  })

  test('is kept out of what earlier deploys have left open, by the next one, which ships nothing', async () => {
    await asTenant('chmod -R o+rX app; chmod o-rwx app/current/.env.local')
    expect((await nginx('cat', `${host.root}/app/current/server.js`)).code).toBe(0)
    expect((await deploy('app')).lane('app')).toMatchObject(nothingDone)
    await refused()
    await served()
  })

  test('reads neither the releases of before nor the new one, and its files are compared as ever', async () => {
    const before = (await host.live()).current.app!
    world.repository.write('test/tiny-app/page.html', '<!DOCTYPE html><title>Tiny</title><h1>Another page</h1>\n')
    const { files } = (await deploy('app')).lane('app')
    expect(files).toMatchObject({ created: [], changed: ['page.html'], deleted: [] })
    await refused()
    const old = `${host.root}/app/releases/${before}/server.js`
    await host.must(['test', '-e', old])
    expect((await nginx('cat', old)).stderr).toContain('Permission denied')
    expect(await statusOf(app('/'))).toBe(200)
  })

  test('a file of another account is named, and holds nothing up', async () => {
    await sh('echo >"$1"; chmod 0644 "$1"', `${host.root}/app/current/left.txt`)
    const { report } = await deploy('app')
    expect(JSON.stringify(report)).toMatch(/other accounts of the host can read app\/releases\/[^/]+\/left\.txt in /)
    await sh('rm "$1"', `${host.root}/app/current/left.txt`)
  })
})

test("a template of the repository's own that follows links is warned about", async () => {
  const own = (lane: string) => readFileSync(join(checkout, `templates/nginx/${lane}.conf.mustache`), 'utf8')
  world.repository.write('templates/nginx/app.conf.mustache', own('app'))
  world.repository.write('templates/nginx/marketing.conf.mustache', own('marketing').replace(/disable_symlinks.*/, ''))
  try {
    const { report } = await world.tenant(['provision', tenant, '--dry-run', '--json'])
    expect(report.provision!.warnings).toEqual([
      expect.stringMatching(
        /^with templates\/nginx\/marketing\.conf\.mustache, nginx follows .* fix: add disable_symlinks/
      )
    ])
  } finally {
    world.repository.remove('templates')
  }
  const { report } = await world.tenant(['provision', tenant, '--dry-run', '--json'])
  expect(report.provision!.warnings).toEqual([])
})

test('without a release a domain answers 503, whatever listens on its port; with one it is served', async () => {
  await host.forgetAll()
  const provisioned = await world.tenant(['provision', tenant])
  expect(provisioned.code, provisioned.stdout + provisioned.stderr).toBe(0)
  const listen = `require('http').createServer((q, r) => r.end('a stranger')).listen(${PORT}, '127.0.0.1')`
  const pid = (await sh('setsid node -e "$1" >/dev/null 2>&1 </dev/null & echo $!', listen)).trim()
  try {
    await sh(`until curl -s -o /dev/null "http://127.0.0.1:$1/"; do sleep 0.1; done`, PORT)
    for (const path of ['/', '/api/health', '/_next/static/build.txt', '/no-such-page']) {
      const { status, text, headers } = await app(path)
      expect([path, status]).toEqual([path, 503])
      expect(text).not.toContain('a stranger')
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' })
      expect([path, await statusOf(marketing(path))]).toEqual([path, 503])
    }
    expect((await marketing('/')).headers).toMatchObject({ 'x-content-type-options': 'nosniff' })
    for (const domain of [`book.${tenant}.test`, `${tenant}.test`])
      expect((await world.visit(world.url(domain, '/a'))).status).toBe(301)
    const plain = await world.visit(`http://www.${tenant}.test:${world.host.http_port}/a`)
    expect(plain).toMatchObject({ status: 301, headers: { location: world.url(`www.${tenant}.test`, '/a') } })
  } finally {
    await sh('kill "$1"', pid)
  }
  await deploy()
  expect(await statusOf(app('/'))).toBe(200)
  expect(await statusOf(marketing('/'))).toBe(200)
})
