import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPublicCheck } from '../../src/doctor/public/check.ts'
import type { LiveRelease } from '../../src/doctor/public/live.ts'
import type { Finding, LaneName } from '../../src/report/report.ts'
import { loadTenant } from '../../src/tenant/load.ts'
import { onHost, restore } from '../world/on-host.ts'
import { ROOT, tinyTenant, TINY } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const host = onHost(world, TINY)

beforeAll(async () => {
  tinyTenant(world)
  await host.forgetAll()
  await deploy()
})

afterAll(async () => {
  await host.forgetAll()
  restore(world)
})

async function deploy(): Promise<void> {
  const ran = await world.tenant(['deploy', TINY, 'all', '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
}

/** What the host has in a lane's live release. */
async function live(lane: LaneName): Promise<LiveRelease> {
  const list = await host.must([
    'sh',
    '-c',
    'cd "$1" && find -type f -exec sha256sum {} +',
    'sh',
    `${ROOT}/${lane}/current/`
  ])
  const files = [...list.matchAll(/^(\w{64}) {2}\.\/(.+)$/gm)].map(([, sha256 = '', path = '']) => {
    return [path, { sha256, executable: false, bytes: 0 }] as const
  })
  return { release: (await host.live()).current[lane]!, files: Object.fromEntries(files) }
}

async function look(): Promise<Finding[]> {
  const { signal } = new AbortController()
  const loaded = loadTenant(world.repository.path, TINY)
  using check = openPublicCheck({ ...loaded, signal })
  const said = { app: await live('app'), marketing: await live('marketing') }
  await check.rehearse(said)
  return await check.judge(said)
}

const wrong = async () => (await look()).filter(({ verdict }) => verdict !== 'in-sync')

test('what was deployed is what visitors see', async () => {
  const found = await look()
  expect(found.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  expect(found.map(({ address }) => address)).toEqual([
    ...['app.public.health', 'app.public.redirects', 'app.public.certificate', 'app.public.headers', 'app.public.cors'],
    ...['marketing.public.page', 'marketing.public.redirects', 'marketing.public.certificate'],
    ...['marketing.public.headers', 'marketing.public.assets', 'marketing.public.links']
  ])
})

test('an image that is gone from the live release', async () => {
  await host.must(['rm', `${ROOT}/marketing/current/assets/img/boat.png`])
  const gone = { attribute: '/assets/img/boat.png', expected: 'a file, as / names it', actual: 'status 404' }
  expect(await wrong()).toEqual([{ address: 'marketing.public.links', verdict: 'drifted', differences: [gone] }])
  await deploy()
  expect(await wrong()).toEqual([])
})

test('a site that somebody edited', async () => {
  const site = `/etc/nginx/tenants.d/${TINY}-marketing.conf`
  await host.must([
    'sh',
    '-ec',
    'sed -i -e /X-Frame-Options/d -e "s/return 301/return 302/" "$1"; nginx -s reload',
    'sh',
    site
  ])
  await expect
    .poll(async () => (await wrong()).map(({ address, differences }) => [address, differences.length]), {
      timeout: 60_000
    })
    .toEqual([
      ['marketing.public.redirects', 2],
      ['marketing.public.headers', 1]
    ])
  await deploy()
  expect(await wrong()).toEqual([])
})

test('an app that ended is one finding', async () => {
  const { release } = await live('app')
  await host.pm2('kill')
  const down = { attribute: '/api/health', expected: `200 from ${release}`, actual: 'status 502' }
  expect(await wrong()).toEqual([{ address: 'app.public.health', verdict: 'drifted', differences: [down] }])
})
