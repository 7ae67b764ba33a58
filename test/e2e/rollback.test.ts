import { beforeAll, describe, expect, test } from 'vitest'
import type { ReleaseLine } from '../../src/report/report.ts'
import { edit, onHost } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import { tinyBookings, useTinyBookings } from '../world/tiny-bookings.ts'
import type { Ran } from '../world/world.ts'
import { visitor } from './visitor.ts'

const world = await cloned()
const host = onHost(world, 'yourbrand')
const guest = visitor(world, 'booking.yourbrand.test')
const site = visitor(world, 'www.yourbrand.test')
const manifest = 'tenants/yourbrand/tenant.yml'
const steps = (ran: Ran, lane: 'app' | 'marketing') => ran.lane(lane).steps.map(({ name }) => name)

/** Releases by the order in which they were made, as first, second … of their lane. */
const app: string[] = []
const marketing: string[] = []

async function ship(lanes: string): Promise<Ran> {
  const ran = await world.tenant(['deploy', 'yourbrand', lanes, '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  for (const { lane, release } of ran.report.lanes) {
    const made = lane === 'app' ? app : marketing
    if (!made.includes(release!)) made.push(release!)
  }
  return ran
}

const rollBack = (lanes: string) => world.tenant(['rollback', 'yourbrand', lanes, '--json'])

async function refused(lanes: string, message: string): Promise<void> {
  const look = async () => ({ ...(await host.live()), workers: await host.workers(), app: await guest.health() })
  const before = await look()
  const ran = await rollBack(lanes)
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  expect(ran.report.lanes).toEqual([])
  expect(ran.report.failure).toMatchObject({ kind: 'no-release', message })
  expect(await look()).toEqual(before)
}

async function states(): Promise<Record<string, ReleaseLine['state']>> {
  const { report } = await world.tenant(['releases', 'yourbrand', '--json'])
  return Object.fromEntries(report.releases.map(({ id, state }) => [id, state]))
}

beforeAll(async () => {
  useTinyBookings(world.repository, 'yourbrand')
  await ship('all')
})

describe('with nothing to go back to', () => {
  test.each(['app', 'marketing'])('in the %s lane, nothing changes', async (lane) => {
    const live = (await host.live()).current[lane as 'app' | 'marketing']!
    await refused(lane, `there is no healthy ${lane} release before ${live}`)
  })

  test('in one lane of two, nothing changes in either', async () => {
    edit(world, 'test/yourbrand-site/index.html', '</h1>', ' again</h1>')
    await ship('marketing')
    await refused('all', `there is no healthy app release before ${app[0]}`)
    expect(await site.page()).toContain(' again</h1>')
  })
})

describe('a rollback', () => {
  test('starts from a release that changed everything: code, environment, site and widget', async () => {
    edit(world, `${tinyBookings}/page.js`, 'Tell ', 'Dear ')
    edit(world, `${tinyBookings}/widget.js`, "'One moment…'", "'Just a moment…'")
    edit(world, manifest, 'BRAND_NAME: Your Brand', 'BRAND_NAME: New Brand')
    edit(world, manifest, 'geolocation=(), camera=()', 'geolocation=()')
    const ran = await ship('app')
    expect(ran.lane('marketing').files).toMatchObject({ created: [], changed: ['assets/booking.js'], deleted: [] })
    expect(await guest.page()).toContain('Dear New Brand')
    expect(await site.page('/assets/booking.js')).toContain('Just a moment…')
  })

  test('of the app brings all of it back, and the widget with it', async () => {
    const booked = await guest.book('Grace')
    const ran = await rollBack('app')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.lane('app')).toMatchObject({ release: app[0], previous: app[1], changed: true, failure: null })
    expect(ran.lane('app').files.changed).toEqual(['page.js', 'widget.js'])
    expect(steps(ran, 'app')).toEqual(expect.arrayContaining(['health', 'nginx', 'publish', 'public check', 'drain']))
    for (const step of ['sync', 'install', 'build', 'migrate']) expect(steps(ran, 'app')).not.toContain(step)

    expect(await guest.health()).toEqual({ status: 200, release: app[0] })
    const { headers, text } = await world.visit(world.url('booking.yourbrand.test'))
    expect(text).toContain('Tell Your Brand')
    expect(headers['permissions-policy']).toBe('geolocation=(), camera=()')
    expect((await guest.booking(booked.id)).name).toBe('Grace')
    const { processes } = await host.live()
    expect(processes).toMatchObject([{ name: `yourbrand-${app[0]}`, status: 'online' }])

    expect(ran.lane('marketing').files).toMatchObject({ created: [], changed: ['assets/booking.js'], deleted: [] })
    marketing.push(ran.lane('marketing').release!)
    const widget = await site.page('/assets/booking.js')
    expect(widget).toContain('One moment…')
    expect(widget).not.toContain('Just a moment…')
    expect(await site.page()).toContain(' again</h1>')
  })

  test('shows in the list of releases', async () => {
    expect(await states()).toEqual({
      [app[0]!]: 'live',
      [app[1]!]: 'rolled back',
      [marketing[0]!]: 'healthy',
      [marketing[1]!]: 'healthy',
      [marketing[2]!]: 'healthy',
      [marketing[3]!]: 'live'
    })
    await refused('app', `there is no healthy app release before ${app[0]}`)
  })

  test('of all goes back in both lanes, without install or build', async () => {
    await ship('all')
    expect([app.length, marketing.length]).toEqual([3, 5])
    const ran = await rollBack('all')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app', 'marketing'])
    expect(ran.lane('app')).toMatchObject({ release: app[0], previous: app[2] })
    expect(ran.lane('marketing')).toMatchObject({ release: marketing[3], previous: marketing[4] })
    for (const lane of ['app', 'marketing'] as const)
      for (const step of ['sync', 'install', 'build']) expect(steps(ran, lane)).not.toContain(step)
    expect(await guest.health()).toEqual({ status: 200, release: app[0] })
    expect((await host.live()).current).toEqual({ app: app[0], marketing: marketing[3] })
    expect(await site.page('/assets/booking.js')).toContain('One moment…')
  })

  test('passes the same gate: a release that is broken by now does not go live', async () => {
    await ship('all')
    const built = `${host.root}/app/releases/${app[0]}/.next`
    await host.must(['mv', built, `${built}-away`])
    const before = await host.live()
    const ran = await rollBack('all')
    await host.must(['mv', `${built}-away`, built])
    expect(ran.code, ran.stdout + ran.stderr).toBe(2)
    expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app'])
    expect(ran.lane('app')).toMatchObject({ release: app[3], changed: false, failure: { kind: 'health' } })
    expect(ran.lane('app').failure!.log).toContain("open '.next/static/build.txt'")
    expect(await host.live()).toEqual(before)
    expect(await guest.health()).toEqual({ status: 200, release: app[3] })
    expect((await states())[app[0]!]).toBe('failed')
    await refused('all', `there is no healthy app release before ${app[3]}`)
  })
})

describe('releases that pile up', () => {
  test('only the last five stay, and a rollback has somewhere to go', async () => {
    for (let edition = 1; edition <= 6; edition++) {
      world.repository.write('test/yourbrand-site/robots.txt', `# ${edition}\n`)
      await ship('marketing')
      expect(await site.page('/robots.txt')).toBe(`# ${edition}\n`)
    }
    expect(await host.releases('marketing')).toEqual(marketing.slice(-5))
    const ran = await rollBack('marketing')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await site.page('/robots.txt')).toBe('# 5\n')
  })
})

describe("what the tenant's account can write decides nothing", () => {
  const asTenant = async (script: string, ...args: string[]) => {
    const ran = await world.exec(['sh', '-c', script, 'sh', ...args], { as: host.account })
    return { code: ran.code, said: ran.stderr }
  }
  const HOSTILE = "log_format evil 'owned';\\naccess_log /etc/cron.d/evil evil;\\n"

  test('a release that only its own folder and log claim is none to return to', async () => {
    await ship('marketing')
    await host.forgetOldReleases()
    const live = (await host.live()).current.marketing!
    const forged = '20260101T000000Z-abcdef0'
    const event = (name: string) =>
      JSON.stringify({
        at: '2026-01-01',
        lane: 'marketing',
        release: forged,
        event: name,
        by: '',
        commit: null,
        run: null
      })
    const made = await asTenant(
      `cd -- "$1"/marketing/releases && cp -a -- "$2" "$3" && printf "$4" >"$3/.tenant/site.conf" &&
sed -i "s/$2/$3/" "$3/.tenant/release.json" && printf '%s\\n%s\\n' "$5" "$6" >>"$1/log"`,
      host.root,
      live,
      forged,
      HOSTILE,
      event('healthy'),
      event('published')
    )
    expect(made).toEqual({ code: 0, said: '' })
    await refused('marketing', `there is no healthy marketing release before ${live}`)
    await host.must(['rm', '-rf', `${host.root}/marketing/releases/${forged}`, `${host.root}/log`])
  })

  test('the records can be read and not written', async () => {
    const records = '/var/lib/tenant-deploy/records/yourbrand'
    expect(await asTenant('cat -- "$1"/log', records)).toMatchObject({ code: 0 })
    for (const script of ['echo x >>"$1/log"', 'rm -rf -- "$1/marketing"', 'mv -- "$1" "$1-away"', ': >"$1/new"'])
      expect((await asTenant(script, records)).said, script).toMatch(/Permission denied/)
    expect((await world.exec(['ls', records], { as: 'tenant-otherbrand' })).stderr).toMatch(/Permission denied/)
  })

  test('a rollback brings the site back that was published, whatever stands in the release by now', async () => {
    const old = (await host.live()).current.marketing!
    world.repository.write('test/yourbrand-site/robots.txt', '# another\n')
    await ship('marketing')
    const { sites } = await host.live()
    await asTenant('printf "$2" >"$1/.tenant/site.conf"', `${host.root}/marketing/releases/${old}`, HOSTILE)
    const ran = await rollBack('marketing')
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect((await host.live()).current.marketing).toBe(old)
    expect((await host.live()).sites).toBe(sites)
    expect((await world.exec(['test', '-e', '/etc/cron.d/evil'])).code).toBe(1)
  })
})
