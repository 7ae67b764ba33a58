import { afterAll, beforeAll, inject } from 'vitest'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { HASH, matching, one, ward, type Harm, type Row } from './faults.ts'

/** What somebody changes in the live releases of a tenant: its files, its environment, its records. */
const world = worldAt(inject('repository'))
const name = 'clinic'
const [app, marketing] = [`tenant deploy ${name} app`, `tenant deploy ${name} marketing`]
const ENV = '.env.local'
const GONE = '20260101T000000Z-0000000'
const NOT_SHIPPED: Row = ['assets/extra.css', 'no such file', 'a file that was never shipped']
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

/** As the tenant's account, in the folder of a live release. */
const inApp = (script: string, ...args: string[]) => tenant.own(`cd -P -- "$1"; shift; ${script}`, tenant.app, ...args)
const inMarketing = (script: string, ...args: string[]) =>
  tenant.own(`cd -P -- "$1"; shift; ${script}`, tenant.marketing, ...args)

const ofApp = (rows: Row[]): Harm => one({ address: 'app.files', rows, remedy: app })
const ofMarketing = (rows: Row[], follows: string[] = []): Harm =>
  one({ address: 'marketing.files', rows, remedy: marketing, follows })
const ofEnvironment = (...rows: Row[]): Harm => one({ address: 'app.environment', rows, remedy: app })

each({
  '.env.local lacks a name': async () => {
    await inApp('sed -i /^SESSION_SECRET=/d "$1"', ENV)
    return ofEnvironment(['SESSION_SECRET', 'set', 'not set'])
  },

  '.env.local has one more': async () => {
    await inApp('echo DEBUG=everything >>"$1"', ENV)
    return ofEnvironment(['DEBUG', 'not set', 'set'])
  },

  '.env.local has another value, which is not told': async () => {
    await inApp('sed -i "s/^SESSION_SECRET=.*/SESSION_SECRET=put-there-by-hand/" "$1"', ENV)
    return {
      ...ofEnvironment(['SESSION_SECRET', 'the value of manifest or secrets', 'another value']),
      untold: ['put-there-by-hand', `session of ${name}`]
    }
  },

  '.env.local can be read by others': async () => {
    await inApp('chmod 0644 "$1"', ENV)
    return ofEnvironment(['mode', '0600', '0644'])
  },

  ".env.local is root's": async () => {
    await tenant.sh('chown root: "$1"', `${tenant.app}/${ENV}`)
    return ofEnvironment(['owner', tenant.account, 'root'])
  },

  '.env.local is gone': async () => {
    await inApp('rm "$1"', ENV)
    return one({
      address: 'app.environment',
      verdict: 'missing',
      rows: [[ENV, matching(/^\d+ names$/), 'missing']],
      remedy: app
    })
  },

  'a file of the app is edited': async () => {
    await inApp('echo "<p>By hand</p>" >>page.html')
    return ofApp([['page.html', HASH, HASH]])
  },

  'a file of the app can be run': async () => {
    await inApp('chmod +x widget.js')
    return ofApp([['widget.js', HASH, matching(/^sha256 [0-9a-f]{12}, executable$/)]])
  },

  'files of the app are gone': async () => {
    await inApp('rm widget.js build.mjs')
    return ofApp([
      ['build.mjs', HASH, 'missing'],
      ['widget.js', HASH, 'missing']
    ])
  },

  'an asset of the app is another': async () => {
    await inApp('echo "<!-- by hand -->" >>public/logo.svg')
    return ofApp([['public/logo.svg', HASH, HASH]])
  },

  'a page of the marketing site is edited': async () => {
    await inMarketing('echo "<p>By hand</p>" >>index.html')
    return ofMarketing([['index.html', HASH, HASH]])
  },

  'a page of the marketing site is gone': async () => {
    await inMarketing('rm about.html')
    return ofMarketing([['about.html', HASH, 'missing']])
  },

  'a file is added to the marketing site': async () => {
    await inMarketing('echo "h1 { color: red }" >assets/extra.css')
    return ofMarketing([NOT_SHIPPED])
  },

  'the logo of the marketing site is another': async () => {
    await inMarketing('echo "<!-- by hand -->" >>assets/logo.svg')
    return ofMarketing([['assets/logo.svg', HASH, HASH]])
  },

  'the logo of the marketing site is gone': async () => {
    await inMarketing('rm assets/logo.svg')
    return ofMarketing([['assets/logo.svg', HASH, 'missing']], ['marketing.public.assets', 'marketing.public.links'])
  },

  'much is changed at once: it is one finding': async () => {
    await inMarketing('rm about.html; echo >>index.html; echo "h1 { color: red }" >assets/extra.css')
    return ofMarketing([['about.html', HASH, 'missing'], ['index.html', HASH, HASH], NOT_SHIPPED])
  },

  'the live app has another widget than the marketing site': async () => {
    const before = await tenant.read(`${tenant.app}/public/widget/booking.js`)
    await inApp('echo "// by hand" >>public/widget/booking.js')
    return {
      ...one({
        address: 'marketing.widget',
        rows: [['assets/booking.js', matching(/^the live app's \(sha256 [0-9a-f]{12}\)$/), HASH]],
        remedy: marketing
      }),
      undo: async () => {
        await tenant.write(`${tenant.app}/public/widget/booking.js`, before)
        await tenant.deploy('marketing')
      }
    }
  },

  'the record of the live app is damaged': async () => {
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

  'the record of the live marketing site is gone': async () => {
    await tenant.sh('rm "$1"', `${tenant.marketing}/.tenant/release.json`)
    return one({
      address: 'marketing.release',
      verdict: 'missing',
      rows: [['record', '.tenant/release.json', 'missing']],
      remedy: marketing
    })
  },

  'current of the app points to a release that is gone': async () => {
    await tenant.own('ln -sfn "releases/$2" "$1"', tenant.app, GONE)
    return one({
      address: 'app.release',
      rows: [['current', 'a release', `points to ${GONE}, which is not there`]],
      remedy: app,
      follows: ['marketing.widget', 'app.public.health']
    })
  },

  'current of the marketing site points to a release that is gone': async () => {
    await tenant.own('ln -sfn "releases/$2" "$1"', tenant.marketing, GONE)
    return one({
      address: 'marketing.release',
      rows: [['current', 'a release', `points to ${GONE}, which is not there`]],
      remedy: marketing,
      follows: ['marketing.public.page']
    })
  },

  'current of the marketing site is gone': async () => {
    await tenant.own('rm "$1"', tenant.marketing)
    return one({
      address: 'marketing.release',
      verdict: 'missing',
      rows: [['current', 'a release', 'missing']],
      remedy: marketing,
      follows: ['marketing.public.page']
    })
  }
})
