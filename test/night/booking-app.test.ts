import { beforeAll, describe, expect, test } from 'vitest'
import { visitor } from '../e2e/visitor.ts'
import { cloned } from '../world/cloned.ts'
import { edit, onHost, restore } from '../world/on-host.ts'
import type { Ran } from '../world/world.ts'

/** What the gate says of tiny apps, said of one that is made of packages, built by Next.js and started by `next start`. */
const world = await cloned()
const host = onHost(world, 'yourbrand')
const guest = visitor(world, 'booking.yourbrand.test')
const site = visitor(world, 'www.yourbrand.test')
const app = 'test/booking-app'
const manifest = 'tenants/yourbrand/tenant.yml'

const deploy = (lanes: string) => world.tenant(['deploy', 'yourbrand', lanes, '--json'])
const rollBack = () => world.tenant(['rollback', 'yourbrand', 'app', '--json'])

/** Healthy releases, in their order. */
const releases: string[] = []

async function ship(lanes: string): Promise<Ran> {
  const ran = await deploy(lanes)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  releases.push(ran.lane('app').release!)
  return ran
}

test('a first deploy whose packages are not those of its lockfile leaves nothing', async () => {
  const before = await host.live()
  edit(world, `${app}/package.json`, '"react": "19.3.1"', '"react": "19.2.0"')
  const ran = await deploy('all')
  restore(world)
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app'])
  expect(ran.lane('app')).toMatchObject({ release: null, failure: { kind: 'install', step: 'install' } })
  expect(before).toMatchObject({ current: { app: null, marketing: null }, processes: [] })
  expect(await host.live()).toEqual(before)
})

describe('a first deploy of both lanes', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await ship('all')
  })

  test('ends in sync, with every file created', async () => {
    expect(ran.stderr + JSON.stringify(ran.report.failure)).not.toMatch(/failed/)
    expect(ran.report.outcome).toBe('changed')
    for (const lane of ran.report.lanes) {
      expect(lane).toMatchObject({ changed: true, previous: null, failure: null, warnings: [] })
      expect(lane.files).toMatchObject({ changed: [], deleted: [] })
      expect(lane.findings.every(({ verdict }) => verdict === 'in-sync')).toBe(true)
      expect((await host.live()).current[lane.lane]).toBe(lane.release)
    }
    expect(ran.lane('app').files.created).toContain('app/bookings/[id]/page.tsx')
    expect(ran.lane('marketing').files.created).toEqual(expect.arrayContaining(['index.html', 'assets/booking.js']))
    const names = ['0001_bookings.sql', '0002_booking_note.sql']
    expect(ran.lane('app').migrations).toEqual({ applied: names, pending: [] })
  })

  test('the app answers with its release', async () => {
    expect(await guest.health()).toEqual({ status: 200, release: releases[0] })
  })
})

describe('the old release still serves, and the log says why', () => {
  async function failing(breakIt: () => void): Promise<NonNullable<Ran['report']['failure']>> {
    const look = async () => ({
      ...(await host.live()),
      programs: await host.must(['ps', '-u', host.account, '-o', 'pid=,comm=']),
      answers: await guest.health()
    })
    const before = await look()
    breakIt()
    const ran = await deploy('all')
    restore(world)
    expect(ran.code, ran.stdout + ran.stderr).toBe(2)
    expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app'])
    expect(ran.lane('app')).toMatchObject({ changed: false, release: releases[0], previous: releases[0] })
    expect(await look()).toEqual(before)
    expect(await guest.page()).toContain('Book a table')
    return ran.lane('app').failure!
  }

  test('when npm does not install the packages', async () => {
    const { kind, step, message, log } = await failing(() => {
      edit(world, `${app}/package.json`, '"react": "19.3.1"', '"react": "19.2.0"')
      edit(world, `${app}/package-lock.json`, '"version": "1.0.0"', '"version": "1.0.1"')
    })
    expect({ kind, step }).toEqual({ kind: 'install', step: 'install' })
    expect(message).toBe('npm ci --no-audit --no-fund ended with exit code 1')
    expect(log).toMatch(/package-lock\.json.*in sync/)
  })

  test('when Next.js does not build', async () => {
    const { kind, step, message, log } = await failing(() => edit(world, `${app}/app/page.tsx`, '<h1>', '<h1'))
    expect({ kind, step }).toEqual({ kind: 'build', step: 'build' })
    expect(message).toBe('npm run build ended with exit code 1')
    expect(log).toContain('app/page.tsx')
  })

  test('when the app answers with another release', async () => {
    const { kind, step, message, log } = await failing(() => {
      edit(world, manifest, '  health: /api/health\n', '  health: /api/health\n  health_seconds: 5\n')
      edit(world, `${app}/app/api/health/route.ts`, 'process.env.RELEASE_ID ?? null', "'yesterday'")
    })
    expect({ kind, step }).toEqual({ kind: 'health', step: 'health' })
    expect(message).toBe('the new release was not healthy within 5 s: status 200, from release yesterday')
    expect(log).toContain('Ready in')
  })
})

describe('after failures', () => {
  test('a good deploy heals, of a change to the environment alone, which ships no file', async () => {
    edit(world, manifest, 'BRAND_NAME: Your Brand', 'BRAND_NAME: Our Brand')
    const ran = await ship('app')
    expect(ran.lane('app').files).toEqual({ created: [], changed: [], deleted: [], bytes: 0 })
    expect(ran.lane('app').env).toEqual({ added: [], changed: ['BRAND_NAME'], removed: [] })
    expect(await guest.page()).toContain('Tell <!-- -->Our Brand')
    expect(await guest.health()).toEqual({ status: 200, release: releases[1] })
    expect((await host.live()).processes).toHaveLength(1)
  })

  test('a release whose build is gone by now does not go live', async () => {
    const built = `${host.root}/app/releases/${releases[0]}/.next`
    await host.must(['mv', built, `${built}-away`])
    const before = await host.live()
    const ran = await rollBack()
    expect(ran.code, ran.stdout + ran.stderr).toBe(2)
    expect(ran.lane('app')).toMatchObject({ release: releases[1], changed: false, failure: { kind: 'health' } })
    expect(ran.lane('app').failure!.log).toContain('next build')
    expect(await host.live()).toEqual(before)
    expect(await guest.health()).toEqual({ status: 200, release: releases[1] })
  })

  test('a change of everything goes live: code, environment, site and widget', async () => {
    edit(world, `${app}/app/page.tsx`, 'Tell {brandName()}', 'Let {brandName()} know')
    edit(world, `${app}/widget/booking.ts`, "'One moment…'", "'Just a moment…'")
    edit(world, manifest, 'BRAND_NAME: Our Brand', 'BRAND_NAME: New Brand')
    edit(world, manifest, 'geolocation=(), camera=()', 'geolocation=()')
    const ran = await ship('app')
    expect(ran.lane('marketing').files).toMatchObject({ created: [], changed: ['assets/booking.js'], deleted: [] })
    expect(await guest.page()).toContain('Let <!-- -->New Brand<!-- --> know')
    expect(await site.page('/assets/booking.js')).toContain('Just a moment…')
  })

  test('a rollback brings all of it back, and the widget with it', async () => {
    const booked = await guest.book('Grace')
    const ran = await rollBack()
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.lane('app')).toMatchObject({ release: releases[1], previous: releases[2], changed: true, failure: null })
    expect(ran.lane('app').files.changed).toEqual(['app/page.tsx', 'widget/booking.ts'])
    expect(ran.lane('marketing').files).toMatchObject({ created: [], changed: ['assets/booking.js'], deleted: [] })

    expect(await guest.health()).toEqual({ status: 200, release: releases[1] })
    const { headers, text } = await world.visit(world.url('booking.yourbrand.test'))
    expect(text).toContain('Tell <!-- -->Our Brand')
    expect(headers['permissions-policy']).toBe('geolocation=(), camera=()')
    expect((await guest.booking(booked.id)).name).toBe('Grace')
    const widget = await site.page('/assets/booking.js')
    expect(widget).toContain('One moment…')
    expect(widget).not.toContain('Just a moment…')
  })
})
