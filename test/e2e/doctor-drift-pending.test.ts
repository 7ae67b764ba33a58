import { edit } from '../world/on-host.ts'
import type { Patient } from '../world/patient.ts'
import { HASH, matching, type Fault, type Found, type Harm, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What the repository says by now and the host does not yet: that waits for a deploy, and is nobody's fault there. */
type Lane = 'app' | 'marketing'
const deploy = ({ name }: Patient, lane: Lane) => `tenant deploy ${name} ${lane}`

/** The remedy ships it. */
async function waits(tenant: Patient, lane: Lane, rows: Row[], ...others: Found[]): Promise<Harm> {
  const release = await tenant.release(lane)
  const deployed: Row = [
    'deployed',
    'what is on main',
    matching(new RegExp(`^release ${release}, of commit [0-9a-f]{12}$`))
  ]
  return { found: [...others, { address: `${lane}.source`, rows: [deployed, ...rows], remedy: deploy(tenant, lane) }] }
}
const manifest = ({ world, file }: Patient, from: string, to: string) => edit(world, file, from, to)
const editApp = ({ world, source }: Patient) => edit(world, `${source}/page.html`, 'A tiny app', 'A tiny app, edited')

const faults: Record<string, Fault> = {
  'the app is edited': (tenant) => {
    editApp(tenant)
    return waits(tenant, 'app', [['page.html', HASH, HASH]])
  },
  'the marketing site has a new page': (tenant) => {
    tenant.world.repository.write(`test/${tenant.name}-site/prices.html`, '<!DOCTYPE html><title>Prices</title>\n')
    return waits(tenant, 'marketing', [['prices.html', HASH, 'missing']])
  },
  'a page of the marketing site is gone': (tenant) => {
    tenant.world.repository.remove(`test/${tenant.name}-site/about.html`)
    return waits(tenant, 'marketing', [['about.html', 'no such file', HASH]])
  },
  'the manifest has another value for the environment': (tenant) => {
    manifest(
      tenant,
      `MARKETING_ORIGIN: https://www.${tenant.name}.test`,
      `MARKETING_ORIGIN: https://www.${tenant.name}.test\n    SEASON: winter`
    )
    return waits(tenant, 'app', [['SEASON', 'set', 'not set']])
  },
  'a secret has another value': async (tenant) => {
    tenant.setSecret(`${tenant.name.toUpperCase()}_SESSION_SECRET`, 'another session')
    const harm = await waits(tenant, 'app', [['SESSION_SECRET', 'the value of manifest or secrets', 'another value']])
    return { ...harm, untold: ['another session', `session of ${tenant.name}`] }
  },
  'the manifest has another header': async (tenant) => {
    manifest(tenant, 'Permissions-Policy: geolocation=()', 'Permissions-Policy: geolocation=(), camera=()')
    const { found } = await waits(tenant, 'app', [[`/etc/nginx/tenants.d/${tenant.name}-app.conf`, HASH, HASH]])
    return { found: found.map((each) => ({ ...each, follows: ['app.public.headers'] })) }
  },
  'the manifest has another redirect': (tenant) => {
    manifest(tenant, `redirects: [${tenant.name}.test]`, 'redirects: []')
    return waits(tenant, 'marketing', [[`/etc/nginx/tenants.d/${tenant.name}-marketing.conf`, HASH, HASH]])
  },
  'the manifest starts the app in another way': (tenant) => {
    manifest(tenant, 'start: node server.js', 'start: node --no-warnings server.js')
    return waits(tenant, 'app', [['start', 'node --no-warnings server.js', 'node server.js']])
  },
  'the manifest has other ports': async (tenant) => {
    const [before] = /ports: \[.*\]/.exec(tenant.world.repository.read(tenant.file))!
    const ports = [7001, 7002]
    manifest(tenant, before, `ports: [${ports.join(', ')}]`)
    return waits(tenant, 'app', [
      ['ports', ports.join(' '), before.replace(/ports: \[(\d+), (\d+)\]/, '$1 $2')],
      [`/etc/nginx/tenants.d/${tenant.name}-app.conf`, HASH, HASH]
    ])
  },

  'the app is edited, and somebody stopped its process': async (tenant) => {
    editApp(tenant)
    await tenant.pm2('stop', 'all')
    return waits(tenant, 'app', [['page.html', HASH, HASH]], {
      address: 'app.process',
      rows: [['status', 'online', 'stopped']],
      remedy: deploy(tenant, 'app'),
      follows: ['app.public.health']
    })
  },
  'both lanes wait, and somebody opened .env.local to others': async (tenant) => {
    tenant.world.repository.write(`test/${tenant.name}-site/rooms.html`, '<!DOCTYPE html><title>Rooms</title>\n')
    editApp(tenant)
    await tenant.own('chmod 0644 "$1/.env.local"', tenant.app)
    const harm = await waits(tenant, 'app', [['page.html', HASH, HASH]], {
      address: 'app.environment',
      rows: [['mode', '0600', '0644']],
      remedy: deploy(tenant, 'app')
    })
    const other = await waits(tenant, 'marketing', [['rooms.html', HASH, 'missing']])
    return { ...harm, found: [...harm.found, ...other.found] }
  },
  'after a rollback': async (tenant) => {
    editApp(tenant)
    await tenant.deploy('app')
    const { code, stdout, stderr } = await tenant.world.tenant(['rollback', tenant.name, 'app', '--json'])
    if (code !== 0) throw new Error(stdout + stderr)
    return waits(tenant, 'app', [['page.html', HASH, HASH]])
  },

  'the app has a new migration': (tenant) => {
    tenant.world.repository.write(
      `${tenant.source}/migrations/0002_notes.sql`,
      'alter table bookings add column note text;\n'
    )
    return waits(tenant, 'app', [
      ['migrations/0002_notes.sql', HASH, 'missing'],
      ['0002_notes.sql', 'applied', 'pending']
    ])
  }
}

rounds({ 'by now': faults })
