import type { Patient } from '../world/patient.ts'
import { HASH, matching, one, type Fault, type Found, type Harm, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What somebody changes in the live releases of a tenant: its files, its environment, its records. */
const ENV = '.env.local'
const GONE = '20260101T000000Z-0000000'
const NOT_SHIPPED: Row = ['assets/extra.css', 'no such file', 'a file that was never shipped']

const ofLane = (tenant: Patient, lane: 'app' | 'marketing', found: Omit<Found, 'remedy'>): Harm =>
  one({ ...found, remedy: `tenant deploy ${tenant.name} ${lane}` })

/** What its account does in the folder of a live release, and what of it is found then. */
const inLane =
  (lane: 'app' | 'marketing', script: string, rows: Row[], found: Partial<Found> = {}): Fault =>
  async (tenant) => {
    await tenant.own(`cd -P -- "$1"; ${script}`, tenant[lane])
    return ofLane(tenant, lane, { address: `${lane}.files`, rows, ...found })
  }
const inApp = (script: string, ...rows: Row[]) => inLane('app', script, rows)
const inMarketing = (script: string, ...rows: Row[]) => inLane('marketing', script, rows)
const ofEnvironment = { address: 'app.environment' }
const inEnvironment = (script: string, ...rows: Row[]) => inLane('app', script, rows, ofEnvironment)

const files: Record<string, Fault> = {
  '.env.local lacks a name': inEnvironment(`sed -i /^SESSION_SECRET=/d ${ENV}`, ['SESSION_SECRET', 'set', 'not set']),

  '.env.local has one more': inEnvironment(`echo DEBUG=everything >>${ENV}`, ['DEBUG', 'not set', 'set']),

  '.env.local has another value, which is not told': async (tenant) => {
    const by = inEnvironment(`sed -i "s/^SESSION_SECRET=.*/SESSION_SECRET=put-there-by-hand/" ${ENV}`, [
      'SESSION_SECRET',
      'the value of manifest or secrets',
      'another value'
    ])
    return { ...(await by(tenant)), untold: ['put-there-by-hand', `session of ${tenant.name}`] }
  },

  '.env.local can be read by others': inEnvironment(`chmod 0644 ${ENV}`, ['mode', '0600', '0644']),

  ".env.local is root's": async (tenant) => {
    await tenant.sh('chown root: "$1"', `${tenant.app}/${ENV}`)
    return ofLane(tenant, 'app', { ...ofEnvironment, rows: [['owner', tenant.account, 'root']] })
  },

  '.env.local is gone': inLane('app', `rm ${ENV}`, [[ENV, matching(/^\d+ names$/), 'missing']], {
    ...ofEnvironment,
    verdict: 'missing'
  }),

  'a file of the app is edited': inApp('echo "<p>By hand</p>" >>page.html', ['page.html', HASH, HASH]),

  'a file of the app can be run': inApp('chmod +x widget.js', [
    'widget.js',
    HASH,
    matching(/^sha256 [0-9a-f]{12}, executable$/)
  ]),

  'files of the app are gone': inApp(
    'rm widget.js build.mjs',
    ['build.mjs', HASH, 'missing'],
    ['widget.js', HASH, 'missing']
  ),

  'an asset of the app is another': inApp('echo "<!-- by hand -->" >>public/logo.svg', ['public/logo.svg', HASH, HASH]),

  'a page of the marketing site is edited': inMarketing('echo "<p>By hand</p>" >>index.html', [
    'index.html',
    HASH,
    HASH
  ]),

  'a page of the marketing site is gone': inMarketing('rm about.html', ['about.html', HASH, 'missing']),

  'a file is added to the marketing site': inMarketing('echo "h1 { color: red }" >assets/extra.css', NOT_SHIPPED),

  'the logo of the marketing site is another': inMarketing('echo "<!-- by hand -->" >>assets/logo.svg', [
    'assets/logo.svg',
    HASH,
    HASH
  ]),

  'the logo of the marketing site is gone': inLane(
    'marketing',
    'rm assets/logo.svg',
    [['assets/logo.svg', HASH, 'missing']],
    { follows: ['marketing.public.assets', 'marketing.public.links'] }
  ),

  'much is changed at once: it is one finding': inMarketing(
    'rm about.html; echo >>index.html; echo "h1 { color: red }" >assets/extra.css',
    ['about.html', HASH, 'missing'],
    ['index.html', HASH, HASH],
    NOT_SHIPPED
  )
}

const releases: Record<string, Fault> = {
  'the live app has another widget than the marketing site': async (tenant) => {
    const before = await tenant.read(`${tenant.app}/public/widget/booking.js`)
    await tenant.own('echo "// by hand" >>"$1/public/widget/booking.js"', tenant.app)
    return {
      ...ofLane(tenant, 'marketing', {
        address: 'marketing.widget',
        rows: [['assets/booking.js', matching(/^the live app's \(sha256 [0-9a-f]{12}\)$/), HASH]]
      }),
      undo: async () => {
        await tenant.write(`${tenant.app}/public/widget/booking.js`, before)
        await tenant.deploy('marketing')
      }
    }
  },

  'the record of the live app is damaged': async (tenant) => {
    const record = `${tenant.app}/.tenant/release.json`
    const before = await tenant.read(record)
    await tenant.write(record, '{ "version": 1')
    return one(
      {
        address: 'app.release',
        verdict: 'unknown',
        cause: matching(/^the record of the live release was changed on the host: it is not JSON/),
        remedy: matching(/^put right what it says/)
      },
      () => tenant.write(record, before)
    )
  },

  'the record of the live marketing site is gone': async (tenant) => {
    await tenant.sh('rm "$1"', `${tenant.marketing}/.tenant/release.json`)
    return ofLane(tenant, 'marketing', {
      address: 'marketing.release',
      verdict: 'missing',
      rows: [['record', '.tenant/release.json', 'missing']]
    })
  },

  'current of the app points to a release that is gone': async (tenant) => {
    await tenant.own('ln -sfn "releases/$2" "$1"', tenant.app, GONE)
    return ofLane(tenant, 'app', {
      address: 'app.release',
      rows: [['current', 'a release', `points to ${GONE}, which is not there`]],
      follows: ['marketing.widget', 'app.public.health']
    })
  },

  'current of the marketing site points to a release that is gone': async (tenant) => {
    await tenant.own('ln -sfn "releases/$2" "$1"', tenant.marketing, GONE)
    return ofLane(tenant, 'marketing', {
      address: 'marketing.release',
      rows: [['current', 'a release', `points to ${GONE}, which is not there`]],
      follows: ['marketing.public.page']
    })
  },

  'current of the marketing site is gone': async (tenant) => {
    await tenant.own('rm "$1"', tenant.marketing)
    return ofLane(tenant, 'marketing', {
      address: 'marketing.release',
      verdict: 'missing',
      rows: [['current', 'a release', 'missing']],
      follows: ['marketing.public.page']
    })
  }
}

rounds({ files, releases })
