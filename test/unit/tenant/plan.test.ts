import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { runPlan, type PlanWish } from '../../../src/run-plan.ts'
import type { PlanReport } from '../../../src/report/plan-report.ts'
import { deployMatrix } from '../../../src/tenant/deploy-matrix.ts'
import { planChanges } from '../../../src/tenant/plan.ts'
import { surveyPlan } from '../../../src/tenant/survey-plan.ts'
import type { Changes } from '../../../src/tenant/touched.ts'
import { rejectionOf } from '../thrown.ts'
import { eachInItsRepository, host, root, tenant, write } from './repository.ts'

eachInItsRepository()

// acme and bolt share the app; acme's marketing site is a folder, bolt's a repository of its own.
beforeEach(() => {
  write('tenants/acme/tenant.yml', tenant('acme', 4101, [['marketing', 'source'], 'sites/acme'], [['canary'], true]))
  write('tenants/bolt/tenant.yml', tenant('bolt', 4201, [['host'], 'web-2'], [['canary'], false]))
  write('tenants/hosts/web-2.yml', host({ name: 'web-2' }))
})

const common = [
  { what: 'the templates', path: 'templates' },
  { what: 'the program', path: 'dist' }
]

function planOf(changes: Changes, resolve = (folder: string) => folder): Omit<PlanReport, 'scope' | 'waves'> {
  return planChanges({ survey: surveyPlan(root, 'all'), resolve, common }, changes)
}

/** As in `acme app`; the reasons follow where they are asked for. */
const told = (plan: Pick<PlanReport, 'tenants'>) => plan.tenants.map(({ tenant, lanes }) => `${tenant} ${lanes}`)
const changed = (...paths: string[]) => told(planOf({ paths }))

test.each([
  ["a tenant's manifest", ['tenants/acme/tenant.yml'], ['acme all']],
  ["anything else in a tenant's folder", ['tenants/bolt/notes/a b.md'], ['bolt all']],
  ['its marketing folder', ['sites/acme/index.html'], ['acme marketing']],
  ["the app's source, of all who ship it", ['apps/booking/lib/a.ts'], ['acme app', 'bolt app']],
  ['both sources', ['apps/booking/a', 'sites/acme/b'], ['acme all', 'bolt app']],
  ["a host's file", ['tenants/hosts/web-2.yml'], ['bolt all']],
  ['the templates', ['templates/nginx/app.conf.mustache'], ['acme all', 'bolt all']],
  ['the program', ['dist/action/index.js'], ['acme all', 'bolt all']],
  ['the fleet file', ['tenants/fleet.yml'], []],
  ['who is on call', ['.github/on-call.yml'], []],
  ['a schema', ['tenants/tenant.schema.json'], []],
  ['what nobody ships', ['README.md', 'src/run.ts', 'apps/other/a.ts', 'sites/acme-old/index.html'], []],
  ['a name that only begins alike', ['tenants/acme-two/tenant.yml', 'apps/booking2/a', 'templates-old/x'], []],
  ['a submodule in the place of a source', ['apps/booking'], ['acme app', 'bolt app']],
  ['a submodule or a link above a source', ['apps'], ['acme app', 'bolt app']],
  ['a rename from one to another', ['sites/acme/a.html', 'tenants/bolt/a.html'], ['acme marketing', 'bolt all']],
  [
    'hostile names',
    ['sites/acme/\n"\'; rm -rf ~\u001b[31m\ufffd', 'x\n/sites/acme/y', ' tenants/acme/z'],
    ['acme marketing']
  ],
  ['nothing', [], []]
])('%s', (_, paths, expected) => {
  expect(changed(...paths)).toEqual(expected)
})

test('says why each tenant is in, with how many files and one of them', () => {
  const { tenants, files } = planOf({ paths: ['apps/booking/a', 'apps/booking/b/c', 'tenants/acme/tenant.yml', 'x'] })
  expect(files).toBe(4)
  expect(tenants.map(({ tenant, reasons }) => [tenant, reasons])).toEqual([
    [
      'acme',
      [
        { what: 'its folder tenants/acme', lanes: 'all', files: 1, example: 'tenants/acme/tenant.yml' },
        { what: "the app's source apps/booking", lanes: 'app', files: 2, example: 'apps/booking/a' }
      ]
    ],
    ['bolt', [{ what: "the app's source apps/booking", lanes: 'app', files: 2, example: 'apps/booking/a' }]]
  ])
})

test('a folder that two lanes ship from touches both', () => {
  write('tenants/acme/tenant.yml', tenant('acme', 4101, [['marketing', 'source'], 'apps/booking/site']))
  expect(changed('apps/booking/site/index.html')).toEqual(['acme all', 'bolt app'])
  expect(changed('apps/booking/lib/a.ts')).toEqual(['acme app', 'bolt app'])
})

test('everything, for a reason', () => {
  const plan = planOf({ everything: 'the branch is new' })
  expect(told(plan)).toEqual(['acme all', 'bolt all'])
  expect(plan).toMatchObject({ everything: 'the branch is new', files: null })
  expect(plan.tenants[1]!.reasons[0]!.what).toBe('everything counts as changed: the branch is new')
})

test('a tenant with one lane is touched in that one alone', () => {
  write('tenants/solo/tenant.yml', {
    ...(tenant('solo', 4301) as object),
    app: undefined,
    database: undefined,
    marketing: { domain: 'www.solo.example', source: 'sites/solo' }
  })
  expect(changed('apps/booking/a', 'sites/solo/a')).toEqual(['acme app', 'bolt app', 'solo marketing'])
  expect(changed('dist/x')).toContain('solo all')
})

test('a folder of a tenant that was taken away is named, and nobody is deployed for it', () => {
  const plan = planOf({
    paths: ['tenants/gone/tenant.yml', 'tenants/gone/notes.md', 'tenants/README/x', 'tenants/hosts/x.yml']
  })
  expect(plan).toMatchObject({ tenants: [], gone: ['gone'] })
  expect(planOf({ paths: ['tenants/acme/tenant.yml'] }).gone).toEqual([])
})

describe('a manifest with faults', () => {
  test('is planned by itself, both lanes, and holds nobody up', () => {
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['app', 'ports'], 'many'], [['canary'], true]))
    const { tenants } = planOf({ paths: ['apps/booking/a'] })
    expect(tenants.map(({ tenant, lanes, faulty, canary }) => [tenant, lanes, faulty, canary])).toEqual([
      ['acme', 'all', true, false],
      ['bolt', 'app', false, false]
    ])
  })

  test('of which nothing can be read is in by its folder', () => {
    write('tenants/acme/tenant.yml', '{{{')
    expect(changed('tenants/acme/tenant.yml')).toEqual(['acme all'])
    expect(planOf({ paths: ['tenants/acme/tenant.yml'] }).tenants[0]).toMatchObject({ faulty: true, host: null })
  })

  test('is also one whose host has faults, or is gone', () => {
    write('tenants/hosts/web-2.yml', { name: 'web-2', port: 'many' })
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['host'], 'nowhere'], [['canary'], true]))
    const plan = planOf({ paths: ['tenants/hosts/web-2.yml', 'tenants/hosts/nowhere.yml'] })
    // What cannot be deployed is no canary: the others would wait for nothing.
    expect(plan.tenants.map(({ tenant, faulty, canary }) => [tenant, faulty, canary])).toEqual([
      ['acme', true, false],
      ['bolt', true, false]
    ])
  })
})

test('the file that a host is made from touches its tenants', () => {
  write('tenants/hosts/web-2.yml', { name: 'web-2', from: 'made/web-2.json' })
  expect(changed('made/web-2.json')).toEqual(['bolt all'])
})

const wish = (extra: object) =>
  ({ kind: 'asked', scope: 'asked for', tenants: 'all', lanes: 'all', ...extra }) as PlanWish
const planFor = async (asked: PlanWish) =>
  (await runPlan({ repository: root, environment: {}, signal: new AbortController().signal, fetch: null }, asked))
    .report

describe('asked for', () => {
  test.each([
    ['all', {}, ['acme all', 'bolt all']],
    ['one by name', { tenants: ['bolt'] }, ['bolt all']],
    ['one lane of one', { tenants: ['acme'], lanes: 'marketing' }, ['acme marketing']],
    ['one lane of all', { lanes: 'app' }, ['acme app', 'bolt app']]
  ])('%s', async (_, asked, expected) => {
    expect(told(await planFor(wish(asked)))).toEqual(expected)
  })

  test('one lane of all leaves out who has none', async () => {
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['marketing'], undefined]))
    expect(told(await planFor(wish({ lanes: 'marketing' })))).toEqual(['bolt marketing'])
  })

  test('a name that nobody has is one clear error', async () => {
    expect(await rejectionOf(planFor(wish({ tenants: ['acme', 'blot'] })))).toMatchObject({
      kind: 'usage',
      message: 'there is no tenant "blot"',
      remedy: 'did you mean "bolt"? known tenants: acme, bolt'
    })
  })

  test('of thousands only some are named in it', async () => {
    for (let at = 10; at < 60; at++) mkdirSync(join(root, `tenants/many${at}`))
    const { remedy } = await rejectionOf(planFor(wish({ tenants: ['zzz'] })))
    expect(remedy).toMatch(/many37 and 22 more$/)
  })

  test('a lane that the tenant has not is one, too', async () => {
    write('tenants/acme/tenant.yml', tenant('acme', 4101, [['marketing'], undefined]))
    expect(await rejectionOf(planFor(wish({ tenants: ['acme'], lanes: 'marketing' })))).toMatchObject({
      kind: 'usage',
      message: 'the tenant acme has no marketing lane'
    })
  })

  test('everything, where nobody knows what changed', async () => {
    const report = await planFor({ kind: 'everything', scope: 'x', because: 'nobody knows' })
    expect(told(report)).toEqual(['acme all', 'bolt all'])
  })
})

test('a source that is a link is followed to where git lists its files', () => {
  const followed = planOf({ paths: ['packages/booking/a.ts'] }, (folder) => folder.replace('apps/', 'packages/'))
  expect(told(followed)).toEqual(['acme app', 'bolt app'])
})

test('waves: canaries first, then the others, then those with faults, and who is named all at once', async () => {
  write('tenants/crux/tenant.yml', '{{{')
  write('tenants/fleet.yml', 'at_once: 3\nfailures: 2\n')
  const plan = await planFor(wish({}))
  expect(plan).toMatchObject({ atOnce: 3, failures: 2, known: 3 })
  const job = (name: string) => [{ tenant: name, lane: 'all', 'runs-on': 'ubuntu-latest' }]
  const one = (name: string) => ({ include: [{ name: '1 of 1', jobs: { include: job(name) } }] })
  expect(deployMatrix(plan)).toEqual({ canary: one('acme'), rest: one('bolt'), faulty: one('crux') })
  const some = await planFor(wish({ tenants: ['acme', 'crux'] }))
  expect(some.tenants.map(({ canary }) => canary)).toEqual([false, false])
  const named = deployMatrix(some)
  expect(named.canary.include).toEqual([])
  expect(JSON.stringify(named.rest)).toContain('acme')
  expect(JSON.stringify(named.rest)).toContain('crux')
})

test('a tenant on a host that nobody reaches gets its own runner', async () => {
  write('tenants/hosts/web-2.yml', { name: 'web-2', kind: 'local', user: 'deploy' })
  expect((await planFor(wish({ tenants: ['bolt'] }))).tenants[0]!.runsOn).toEqual(['self-hosted', 'web-2'])
})
