import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { deployed } from '../world/frozen.ts'
import { edit, onHost } from '../world/on-host.ts'
import type { Ran } from '../world/world.ts'
import { visitor } from './visitor.ts'

/** The booking app itself, which takes a while to build: what need not be said of it is said of tiny ones, or at night. */
const world = await cloned(deployed)
const host = onHost(world, 'yourbrand')
const domain = 'booking.yourbrand.test'
const guest = visitor(world, domain)
const first = (await host.live()).current

const outcomes = (ran: Ran, lane: 'app' | 'marketing' = 'app') =>
  Object.fromEntries(ran.lane(lane).steps.map(({ name, outcome }) => [name, outcome]))
const nothing = { created: [], changed: [], deleted: [], bytes: 0 }

let bookingId: string

describe('after a first deploy of both lanes', () => {
  test('a visitor books a table and sees the booking', async () => {
    const { status, id } = await guest.book('Ada <Lovelace>')
    expect(status).toBe(201)
    const booking = await guest.booking(id)
    expect(booking.name).toBe('Ada <Lovelace>')
    expect(booking.page).toContain('Ada &lt;Lovelace&gt;')
    expect(booking.page).toContain('By the window')
    bookingId = id
  })

  test('the app answers with its release and the security headers, over TLS alone', async () => {
    expect(await guest.health()).toEqual({ status: 200, release: first.app })
    const { headers, text } = await world.visit(world.url(domain))
    expect(text).toContain('Your Brand')
    expect(headers).toMatchObject({
      'strict-transport-security': 'max-age=31536000',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'strict-origin-when-cross-origin',
      'permissions-policy': 'geolocation=(), camera=()'
    })
  })

  test('the marketing site has the widget that the app built', async () => {
    expect(await visitor(world, 'www.yourbrand.test').page('/assets/booking.js')).toContain('One moment…')
  })

  test('the marketing site may call the API at the port of the host, and no other site may', async () => {
    const ask = (method: string, origin: string) =>
      world.visit(world.url(domain, '/api/bookings'), {
        method,
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
      })
    const origin = world.url('www.yourbrand.test', '')
    for (const method of ['OPTIONS', 'GET'])
      expect((await ask(method, origin)).headers).toMatchObject({ 'access-control-allow-origin': origin })
    for (const other of [world.url('www.otherbrand.test', ''), origin.replace('https', 'http'), 'null'])
      expect(await ask('OPTIONS', other)).toMatchObject({ status: 403 })
  })

  test('other addresses lead to the one that is meant', async () => {
    const meant = world.url(domain, '/bookings/x?a=b')
    const port = world.host.http_port
    for (const from of [
      `http://${domain}:${port}/bookings/x?a=b`,
      `http://book.yourbrand.test:${port}/bookings/x?a=b`,
      world.url('book.yourbrand.test', '/bookings/x?a=b')
    ])
      expect(await world.visit(from)).toMatchObject({ status: 301, headers: { location: meant } })
  })

  test('the environment is for the tenant alone, and its database is reached through PgBouncer', async () => {
    const file = `${host.root}/app/current/.env.local`
    expect(await host.must(['stat', '-c', '%a %U', file])).toBe('600 tenant-yourbrand\n')
    const address = /^DATABASE_URL=(['"`])(.+)\1$/m.exec(await host.must(['cat', file]))?.[2] ?? ''
    expect(new URL(address)).toMatchObject({ port: String(world.host.pgbouncer.port), pathname: '/yourbrand' })
  })

  test('the migrations are applied by the role, and recorded with their checksums', async () => {
    const sha256 = (name: string) =>
      createHash('sha256')
        .update(world.repository.read(`test/booking-app/migrations/${name}`))
        .digest('hex')
    expect(await host.sql('select name, sha256 from tenant_migrations order by name')).toEqual(
      ['0001_bookings.sql', '0002_booking_note.sql'].map((name) => `${name}|${sha256(name)}`)
    )
    expect(
      await host.sql("select tablename, tableowner from pg_tables where schemaname = 'public' order by 1")
    ).toEqual(['bookings|yourbrand', 'tenant_migrations|yourbrand'])
  })
})

describe('a deploy of what is live', () => {
  const everything = async () => ({
    ...(await host.live()),
    workers: await host.workers(),
    releases: [await host.releases('app'), await host.releases('marketing')]
  })

  test.each(['the same checkout', 'a checkout with new times on every file'])('%s: does nothing', async (checkout) => {
    const touched = checkout.includes('new times')
    if (touched) execFileSync('find', [join(world.repository.path, 'test'), '-type', 'f', '-exec', 'touch', '{}', '+'])
    const before = await everything()
    const ran = await world.tenant(['deploy', 'yourbrand', 'all', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report.outcome).toBe('unchanged')
    for (const lane of ran.report.lanes) {
      expect(lane).toMatchObject({ changed: false, files: nothing, release: before.current[lane.lane] })
      expect(lane.release).toBe(lane.previous)
    }
    expect(outcomes(ran)).toMatchObject({
      sync: 'unchanged',
      install: 'unchanged',
      build: 'unchanged',
      migrate: 'unchanged',
      start: 'unchanged',
      nginx: 'unchanged'
    })
    expect(outcomes(ran, 'marketing')).toMatchObject({ sync: 'unchanged', nginx: 'unchanged', publish: 'unchanged' })
    expect(await everything()).toEqual(before)
  })
})

describe('a change', () => {
  const chunks = (page: string) => new Set(page.match(/\/_next\/static\/[^"'\\ ]+\.js/g) ?? [])

  test('to one file ships that file, without an install, on the other port', async () => {
    const before = await host.live()
    const workers = await host.workers()
    const old = chunks(await guest.page())
    edit(world, 'test/booking-app/app/booking-form.tsx', 'Anything we should know?', 'Any wishes?')
    const ran = await world.tenant(['deploy', 'yourbrand', 'app', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.report.lanes).toHaveLength(1)
    expect(ran.lane('app').files).toMatchObject({ created: [], changed: ['app/booking-form.tsx'], deleted: [] })
    expect(outcomes(ran)).toMatchObject({ install: 'skipped', build: 'done', migrate: 'unchanged', nginx: 'unchanged' })

    expect(await guest.page()).toContain('Any wishes?')
    expect(await guest.health()).toEqual({ status: 200, release: ran.lane('app').release })
    expect((await guest.booking(bookingId)).name).toBe('Ada <Lovelace>')
    const after = await host.live()
    expect(after.processes).toHaveLength(1)
    expect(after.processes[0]!.name).toBe(`yourbrand-${ran.lane('app').release}`)
    expect(after.processes[0]!.port).not.toBe(before.processes[0]!.port)
    expect(await host.workers()).toEqual(workers)

    const present = chunks(await guest.page())
    const gone = [...old].filter((chunk) => !present.has(chunk))
    expect(gone).not.toEqual([])
    for (const chunk of gone) {
      const { status, headers, text } = await world.visit(world.url(domain, chunk))
      expect({ status, cache: headers['cache-control'] }).toEqual({
        status: 200,
        cache: 'public, max-age=31536000, immutable'
      })
      expect(text).not.toContain('<html')
    }
  })

  test('by hand, a stopped process, is put right without a new release', async () => {
    const before = await host.live()
    await host.pm2('stop', before.processes[0]!.name)
    expect((await guest.health()).status).toBe(502)
    const ran = await world.tenant(['deploy', 'yourbrand', 'app', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.lane('app')).toMatchObject({ changed: true, release: before.current.app, files: nothing })
    expect(await guest.health()).toEqual({ status: 200, release: before.current.app })
    const after = await host.live()
    expect(after.current).toEqual(before.current)
    expect(after.processes).toMatchObject([{ name: before.processes[0]!.name, status: 'online' }])
  })

  test('is taken back by a rollback, and what was booked since stays', async () => {
    const booked = await guest.book('Grace')
    const ran = await world.tenant(['rollback', 'yourbrand', 'app', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await guest.health()).toEqual({ status: 200, release: first.app })
    expect(await guest.page()).toContain('Anything we should know?')
    for (const [id, name] of [
      [bookingId, 'Ada <Lovelace>'],
      [booked.id, 'Grace']
    ])
      expect((await guest.booking(id!)).name).toBe(name)
  })
})
