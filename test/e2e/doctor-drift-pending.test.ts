import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, inject } from 'vitest'
import { somePorts } from '../sandbox/ports.ts'
import { edit } from '../world/on-host.ts'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { HASH, matching, ward, type Found, type Harm, type Row } from './faults.ts'

/** What the repository says by now and the host does not yet: that waits for a deploy, and is nobody's fault there. */
const world = worldAt(inject('repository'))
const { repository } = world
const name = 'clinic'
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

const LANES = { app: `tenant deploy ${name} app`, marketing: `tenant deploy ${name} marketing` }

/** The remedy ships it, and from there the next test goes on. */
async function waits(lane: keyof typeof LANES, rows: Row[], ...others: Found[]): Promise<Harm> {
  const release = await tenant.release(lane)
  const deployed: Row = [
    'deployed',
    'what is on main',
    matching(new RegExp(`^release ${release}, of commit [0-9a-f]{12}$`))
  ]
  return { found: [...others, { address: `${lane}.source`, rows: [deployed, ...rows], remedy: LANES[lane] }] }
}
const manifest = (from: string, to: string) => edit(world, tenant.file, from, to)

each({
  'the app is edited': () => {
    edit(world, 'test/tiny-app/page.html', 'A tiny app', 'A tiny app, edited')
    return waits('app', [['page.html', HASH, HASH]])
  },
  'the marketing site has a new page': () => {
    repository.write(`test/${name}-site/prices.html`, '<!DOCTYPE html><title>Prices</title>\n')
    return waits('marketing', [['prices.html', HASH, 'missing']])
  },
  'a page of the marketing site is gone': () => {
    repository.remove(`test/${name}-site/about.html`)
    return waits('marketing', [['about.html', 'no such file', HASH]])
  },
  'the manifest has another value for the environment': () => {
    manifest(
      `MARKETING_ORIGIN: https://www.${name}.test`,
      `MARKETING_ORIGIN: https://www.${name}.test\n    SEASON: winter`
    )
    return waits('app', [['SEASON', 'set', 'not set']])
  },
  'a secret has another value': async () => {
    tenant.setSecret(`${name.toUpperCase()}_SESSION_SECRET`, 'another session')
    const harm = await waits('app', [['SESSION_SECRET', 'the value of manifest or secrets', 'another value']])
    return { ...harm, untold: ['another session', `session of ${name}`] }
  },
  'the manifest has another header': async () => {
    manifest('Permissions-Policy: geolocation=()', 'Permissions-Policy: geolocation=(), camera=()')
    const { found } = await waits('app', [[`/etc/nginx/tenants.d/${name}-app.conf`, HASH, HASH]])
    return { found: found.map((each) => ({ ...each, follows: ['app.public.headers'] })) }
  },
  'the manifest has another redirect': () => {
    manifest(`redirects: [${name}.test]`, 'redirects: []')
    return waits('marketing', [[`/etc/nginx/tenants.d/${name}-marketing.conf`, HASH, HASH]])
  },
  'the manifest starts the app in another way': () => {
    manifest('start: node server.js', 'start: node --no-warnings server.js')
    return waits('app', [['start', 'node --no-warnings server.js', 'node server.js']])
  },
  'the manifest has other ports': async () => {
    const [before] = /ports: \[.*\]/.exec(readFileSync(`${repository.path}/${tenant.file}`, 'utf8'))!
    const ports = await somePorts(2)
    manifest(before, `ports: [${ports.join(', ')}]`)
    return waits('app', [
      ['ports', ports.join(' '), before.replace(/ports: \[(\d+), (\d+)\]/, '$1 $2')],
      [`/etc/nginx/tenants.d/${name}-app.conf`, HASH, HASH]
    ])
  },

  'the app is edited, and somebody stopped its process': async () => {
    edit(world, 'test/tiny-app/page.html', 'A tiny app', 'A tiny app, edited')
    await tenant.pm2('stop', 'all')
    return waits('app', [['page.html', HASH, HASH]], {
      address: 'app.process',
      rows: [['status', 'online', 'stopped']],
      remedy: LANES.app,
      follows: ['app.public.health']
    })
  },
  'both lanes wait, and somebody opened .env.local to others': async () => {
    repository.write(`test/${name}-site/rooms.html`, '<!DOCTYPE html><title>Rooms</title>\n')
    edit(world, 'test/tiny-app/page.html', 'A tiny app', 'A tiny app, edited')
    await tenant.own('chmod 0644 "$1/.env.local"', tenant.app)
    const harm = await waits('app', [['page.html', HASH, HASH]], {
      address: 'app.environment',
      rows: [['mode', '0600', '0644']],
      remedy: LANES.app
    })
    const other = await waits('marketing', [['rooms.html', HASH, 'missing']])
    return { ...harm, found: [...harm.found, ...other.found] }
  },
  'after a rollback': async () => {
    edit(world, 'test/tiny-app/page.html', 'A tiny app', 'A tiny app, edited')
    await tenant.deploy('app')
    const { code, stdout, stderr } = await world.tenant(['rollback', name, 'app', '--json'])
    if (code !== 0) throw new Error(stdout + stderr)
    return waits('app', [['page.html', HASH, HASH]])
  },

  // Last, as no deploy takes back what was done to a database.
  'the app has a new migration': () => {
    repository.write('test/tiny-app/migrations/0002_notes.sql', 'alter table bookings add column note text;\n')
    return waits('app', [
      ['migrations/0002_notes.sql', HASH, 'missing'],
      ['0002_notes.sql', 'applied', 'pending']
    ])
  }
})
