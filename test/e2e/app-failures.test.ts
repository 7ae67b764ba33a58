import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { LaneReport, ReleaseLine } from '../../src/report/report.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { edit, onHost, restore } from '../world/on-host.ts'
import { squatter } from '../world/squatter.ts'
import { cloned } from '../world/cloned.ts'
import { tinyBookings as app, useTinyBookings } from '../world/tiny-bookings.ts'
import { visitor } from './visitor.ts'

const world = await cloned()
const host = onHost(world, 'yourbrand')
const guest = visitor(world, 'booking.yourbrand.test')
const manifest = 'tenants/yourbrand/tenant.yml'
const template = 'templates/nginx/app.conf.mustache'

/** The release that serves all along, and every one that failed. */
let serving: string
const failed: string[] = []

beforeAll(async () => {
  useTinyBookings(world.repository, 'yourbrand')
  const ran = await world.tenant(['deploy', 'yourbrand', 'all', '--json'])
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  serving = ran.lane('app').release!
})

async function states(): Promise<Record<string, ReleaseLine['state']>> {
  const { report } = await world.tenant(['releases', 'yourbrand', 'app', '--json'])
  return Object.fromEntries(report.releases.map(({ id, state }) => [id, state]))
}

const ownTemplates = () =>
  cpSync(join(checkout, 'templates'), join(world.repository.path, 'templates'), { recursive: true })

/** Deploys a broken app, holds what visitors see and what runs against what it was before, and answers with the lane's report. */
async function failing(breakIt: () => void): Promise<LaneReport & { begun: string[] }> {
  const look = async () => ({
    ...(await host.live()),
    programs: await host.must(['ps', '-u', host.account, '-o', 'pid=,comm=']),
    answers: await guest.health()
  })
  const before = await look()
  expect(before.answers).toEqual({ status: 200, release: serving })
  const present = await host.releases('app')
  breakIt()
  const ran = await world.tenant(['deploy', 'yourbrand', 'all', '--json'])
  restore(world)
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  expect(ran.report).toMatchObject({ outcome: 'failed', exitCode: 2 })
  expect(ran.report.lanes.map(({ lane }) => lane)).toEqual(['app'])
  const lane = ran.lane('app')
  expect(lane.changed).toBe(false)
  expect(lane.release).toBe(lane.previous)
  expect(await look()).toEqual(before)
  expect(await guest.page()).toContain('Book a table')
  const begun = (await host.releases('app')).filter((id) => !present.includes(id))
  failed.push(...begun)
  const known = await states()
  expect(begun.map((id) => known[id])).toEqual(begun.map(() => 'failed'))
  return { ...lane, begun }
}

describe('nothing is begun', () => {
  test('where another program has the free port', async () => {
    const ports = /ports: \[(\d+), (\d+)\]/.exec(world.repository.read(manifest))!.slice(1).map(Number)
    const [live] = (await host.live()).processes
    const free = ports.find((port) => port !== live!.port)!
    const what = { account: 'nobody', address: '127.0.0.1', port: free, does: { answers: 'x' } }
    await using taken = new AsyncDisposableStack()
    taken.use(await squatter(world, what))
    const { failure, begun } = await failing(() => edit(world, `${app}/page.js`, 'Tell ', 'Dear '))
    expect(failure).toMatchObject({ kind: 'start', step: 'port' })
    expect(failure!.message).toMatch(
      new RegExp(`^port ${free} is taken by another program on the host: \\S+ listens there$`)
    )
    expect(failure!.remedy).toContain(`:${free}`)
    expect(begun).toEqual([])
  })

  test.each([
    { what: 'the site alone', step: 'nginx', changed: false },
    { what: 'the site and the code', step: 'nginx check', changed: true }
  ])('where $what changed, and nginx does not accept the site', async ({ step, changed }) => {
    const { failure, begun } = await failing(() => {
      ownTemplates()
      edit(world, template, 'proxy_http_version 1.1;', 'proxy_http_version one.one;')
      if (changed) edit(world, `${app}/page.js`, 'Tell ', 'Dear ')
    })
    expect(failure).toMatchObject({ kind: 'nginx', step, message: 'nginx does not accept the site' })
    expect(failure!.log).toMatch(/invalid value "one\.one"/)
    expect(begun).toEqual([])
  })

  test('where a migration would end its own transaction', async () => {
    const { failure, begun } = await failing(() =>
      world.repository.write(`${app}/migrations/0003_guests.sql`, 'CREATE TABLE guests (id int);\nCOMMIT;\n')
    )
    expect(failure).toMatchObject({ kind: 'migration', step: 'source' })
    expect(failure!.message).toBe('0003_guests.sql controls its own transaction: COMMIT')
    expect(await host.sql("select to_regclass('guests') is null")).toEqual(['t'])
    expect(begun).toEqual([])
  })

  test('where a migration was edited after it was applied', async () => {
    const { failure, begun } = await failing(() =>
      edit(world, `${app}/migrations/0002_booking_note.sql`, 'char_length(note) <= 500', 'char_length(note) <= 900')
    )
    expect(failure).toMatchObject({ kind: 'migration', step: 'compare' })
    expect(failure!.message).toBe('edited after being applied: 0002_booking_note.sql')
    expect(begun).toEqual([])
  })
})

describe('the old release still serves, and the log says why', () => {
  test('when the install fails', async () => {
    const { failure, begun } = await failing(() => {
      edit(world, `${app}/package.json`, '"private": true', '"private": true, "dependencies": { "react": "19.2.0" }')
      edit(world, `${app}/package-lock.json`, '"version": "1.0.0"', '"version": "1.0.1"')
    })
    expect(failure).toMatchObject({ kind: 'install', step: 'install' })
    expect(failure!.message).toBe('npm ci --no-audit --no-fund ended with exit code 1')
    expect(failure!.log).toMatch(/package-lock\.json.*in sync/)
    expect(begun).toHaveLength(1)
  })

  test('when the build fails', async () => {
    const { failure, begun } = await failing(() => edit(world, `${app}/build.mjs`, 'mkdirSync(', 'mkdirSync(('))
    expect(failure).toMatchObject({ kind: 'build', step: 'build' })
    expect(failure!.message).toBe('npm run build ended with exit code 1')
    expect(failure!.log).toContain('build.mjs:2')
    expect(begun).toHaveLength(1)
  })

  test('when a migration fails: its line is named, and nothing of it stays', async () => {
    const sql = 'CREATE TABLE guests (id int);\n\nALTER TABLE bookings\n  ADD COLUMN ghost sheet;\n'
    const { failure, migrations, begun } = await failing(() =>
      world.repository.write(`${app}/migrations/0003_guests.sql`, sql)
    )
    expect(failure).toMatchObject({ kind: 'migration', step: 'migrate' })
    expect(failure!.message).toBe('0003_guests.sql failed at line 4: type "sheet" does not exist')
    expect(failure!.log).toContain('ADD COLUMN ghost sheet;')
    expect(migrations).toEqual({ applied: [], pending: ['0003_guests.sql'] })
    expect(await host.sql("select to_regclass('guests') is null")).toEqual(['t'])
    expect(await host.sql('select max(name) from tenant_migrations')).toEqual(['0002_booking_note.sql'])
    expect(begun).toHaveLength(1)
  })

  test('when the app answers with another release', async () => {
    const { failure, probes, begun } = await failing(() => {
      edit(world, manifest, '  health: /api/health\n', '  health: /api/health\n  health_seconds: 5\n')
      edit(world, `${app}/health.js`, 'process.env.RELEASE_ID', "'yesterday'")
    })
    expect(failure).toMatchObject({ kind: 'health', step: 'health' })
    expect(failure!.message).toBe('the new release was not healthy within 5 s: status 200, from release yesterday')
    expect(failure!.log).toContain('Ready with the build of')
    expect(probes).toContainEqual(expect.objectContaining({ ok: false, status: 200, note: 'yesterday' }))
    expect(begun).toHaveLength(1)
  })

  test('when the app ends at its start', async () => {
    const { failure, begun } = await failing(() => {
      edit(world, manifest, 'start: node server.js', 'start: node start.mjs')
      world.repository.write(`${app}/start.mjs`, "throw new Error('no coffee left')\n")
    })
    expect(failure).toMatchObject({ kind: 'health', step: 'health' })
    expect(failure!.message).toMatch(/^the app ended /)
    expect(failure!.log).toContain('Error: no coffee left')
    expect(begun).toHaveLength(1)
  })

  test('when visitors would not see the new release: site and release are put back', async () => {
    const { failure, probes, begun } = await failing(() => {
      ownTemplates()
      const proxied = '  location / {\n    proxy_pass'
      edit(world, template, proxied, `  location = /api/health {\n    return 404;\n  }\n\n${proxied}`)
      edit(world, `${app}/page.js`, 'Tell ', 'Dear ')
    })
    expect(failure).toMatchObject({ kind: 'health', step: 'public check' })
    expect(failure!.message).toContain('does not show the new release: status 404')
    expect(probes.at(-1)).toMatchObject({ url: world.url('booking.yourbrand.test', '/api/health'), status: 404 })
    expect(begun).toHaveLength(1)
  })
})

describe('after failures', () => {
  test('a good deploy heals', async () => {
    edit(world, `${app}/page.js`, 'Tell ', 'Hello ')
    const ran = await world.tenant(['deploy', 'yourbrand', 'app', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(ran.lane('app').files).toMatchObject({ created: [], changed: ['page.js'], deleted: [] })
    expect(await guest.page()).toContain('Hello Your Brand')
    expect(await guest.health()).toEqual({ status: 200, release: ran.lane('app').release })
    expect((await host.live()).processes).toHaveLength(1)
  })

  test('a rollback goes to the last healthy release, past all that failed', async () => {
    expect(failed).toHaveLength(6)
    const known = await states()
    // More releases failed since than are kept: the healthy one stays all the same.
    expect(known[serving]).toBe('healthy')
    expect(Object.values(known)).toContain('failed')
    const ran = await world.tenant(['rollback', 'yourbrand', 'app', '--json'])
    expect(ran.code, ran.stdout + ran.stderr).toBe(0)
    expect(await guest.health()).toEqual({ status: 200, release: serving })
  })
})
