import { beforeAll, describe, expect, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { edit, onHost, restore } from '../world/on-host.ts'
import { tinyBookings, useTinyBookings } from '../world/tiny-bookings.ts'
import type { Ran } from '../world/world.ts'
import { visitor } from './visitor.ts'

const world = await cloned()
const host = onHost(world, 'yourbrand')
const guest = visitor(world, 'booking.yourbrand.test')
const nothing = { created: [], changed: [], deleted: [], bytes: 0 }

beforeAll(() => useTinyBookings(world.repository, 'yourbrand'))

describe('a tenant that has never been deployed', () => {
  test('has nothing to go back to', async () => {
    const before = await host.live()
    const ran = await world.tenant(['rollback', 'yourbrand', 'all', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(2)
    expect(ran.report.failure).toMatchObject({ kind: 'no-release', message: 'nothing is live in the app lane' })
    expect(await host.live()).toEqual(before)
  })

  test('is left as it was by a first deploy that fails', async () => {
    const before = await host.live()
    edit(world, `${tinyBookings}/package.json`, '"private": true', '"private": true, "dependencies": { "react": "1" }')
    const ran = await world.tenant(['deploy', 'yourbrand', 'all', '--json'])
    restore(world)
    expect(ran.code, ran.stdout + ran.stderr).toBe(2)
    expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app'])
    expect(ran.lane('app')).toMatchObject({ release: null, failure: { kind: 'install', step: 'install' } })
    expect(before).toMatchObject({ current: { app: null, marketing: null }, processes: [] })
    expect(await host.live()).toEqual(before)
  })
})

describe('a first deploy of both lanes', () => {
  let ran: Ran
  beforeAll(async () => {
    ran = await world.tenant(['deploy', 'yourbrand', 'all', '--json'])
  })

  test('ends in sync, with every file created', async () => {
    expect(ran.stderr + JSON.stringify(ran.report.failure)).not.toMatch(/failed/)
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report.outcome).toBe('changed')
    for (const lane of ran.report.lanes) {
      expect(lane).toMatchObject({ changed: true, previous: null, failure: null, warnings: [] })
      expect(lane.files).toMatchObject({ changed: [], deleted: [] })
      expect(lane.findings.every(({ verdict }) => verdict === 'in-sync')).toBe(true)
      expect((await host.live()).current[lane.lane]).toBe(lane.release)
    }
    expect(ran.lane('app').files.created).toContain('app/bookings/[id]/page.html')
    expect(ran.lane('marketing').files.created).toEqual(expect.arrayContaining(['index.html', 'assets/booking.js']))
  })

  test('applies the migrations', () => {
    const applied = ['0001_bookings.sql', '0002_booking_note.sql']
    expect(ran.lane('app').migrations).toEqual({ applied, pending: [] })
  })

  test('a visitor books a table and sees the booking', async () => {
    const { status, id } = await guest.book('Ada')
    expect(status).toBe(201)
    const booking = await guest.booking(id)
    expect(booking.name).toBe('Ada')
    expect(booking.page).toContain('A table for Ada')
    expect(await guest.health()).toEqual({ status: 200, release: ran.lane('app').release })
  })
})

test('a change to the environment alone makes a new release without a file', async () => {
  edit(world, 'tenants/yourbrand/tenant.yml', 'BRAND_NAME: Your Brand', 'BRAND_NAME: Our Brand')
  const ran = await world.tenant(['deploy', 'yourbrand', 'app', '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  const { release, previous, files, env } = ran.lane('app')
  expect(release).not.toBe(previous)
  expect(files).toEqual(nothing)
  expect(env).toEqual({ added: [], changed: ['BRAND_NAME'], removed: [] })
  expect(await guest.page()).toContain('Our Brand')
  expect(await guest.health()).toEqual({ status: 200, release })
})
