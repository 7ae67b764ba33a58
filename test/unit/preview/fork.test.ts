import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { runPreview, type PreviewOutcome, type PreviewRequest } from '../../../src/run-preview.ts'
import type { LaneReport } from '../../../src/report/report.ts'
import type { Path } from '../../../src/tenant/source.ts'
import { committed, fill, trapIn } from '../source/trap.ts'
import { host, tenant } from '../tenant/repository.ts'

/** Two checkouts, and neither a key nor a host. */
let folder: string
const at = (side: 'base' | 'head', path: string) => join(folder, side, path)
function put(side: 'base' | 'head', path: string, content: unknown): void {
  mkdirSync(dirname(at(side, path)), { recursive: true })
  writeFileSync(at(side, path), typeof content === 'string' ? content : stringify(content))
}
const site: [Path, unknown] = [['marketing'], { domain: 'www.acme.example', source: 'sites/acme' }]
const manifest = (...changes: [Path, unknown][]) =>
  put('head', 'tenants/acme/tenant.yml', tenant('acme', 4101, site, ...changes))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenant-fork-'))
  put('base', 'tenants/acme/tenant.yml', tenant('acme', 4101, site))
  put('base', 'tenants/hosts/web-1.yml', host())
  put('base', 'apps/booking/page.tsx', 'one')
  put('base', 'apps/booking/migrations/0001.sql', 'select 1;\n')
  put('base', 'sites/acme/index.html', 'one')
  put('base', 'sites/acme/run.sh', 'one')
  cpSync(join(folder, 'base'), join(folder, 'head'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

function preview(changes: Partial<PreviewRequest> = {}): Promise<PreviewOutcome> {
  const request: PreviewRequest = {
    user: null,
    repository: join(folder, 'head'),
    program: { templates: join(import.meta.dirname, '../../../templates'), collector: '/nowhere' },
    sshKey: null,
    lookKey: null,
    agent: null,
    secrets: null,
    environment: { PATH: process.env['PATH'] ?? '' },
    gitServer: 'https://github.com',
    identity: { by: 'octocat', commit: null, run: null },
    tenant: 'acme',
    lanes: 'all',
    backup: null,
    output: null,
    machine: 'here',
    waitMs: 0,
    base: join(folder, 'base'),
    isRestricted: false,
    ...changes
  }
  return runPreview(request, () => undefined, new AbortController().signal)
}

async function lanes(changes: Partial<PreviewRequest> = {}): Promise<{ app: LaneReport; marketing: LaneReport }> {
  const { report } = await preview(changes)
  expect(report.failure).toBeNull()
  const of = (name: string) => report.lanes.find(({ lane }) => lane === name)!
  return { app: of('app'), marketing: of('marketing') }
}

const nothing = { created: [], changed: [], deleted: [], bytes: 0 }

test('the same is no change, and it says that no host was looked at', async () => {
  const { report, compared, note } = await preview()
  expect([report.outcome, report.exitCode, compared, note]).toEqual([
    'unchanged',
    0,
    'base',
    'there is no key to look with: the host was not looked at'
  ])
  expect(report.lanes.map(({ lane, files, restarts, site }) => [lane, files, restarts, site?.changed])).toEqual([
    ['app', nothing, false, false],
    ['marketing', nothing, null, false]
  ])
})

test('files are compared by content and mode', async () => {
  put('head', 'sites/acme/index.html', 'two')
  put('head', 'sites/acme/new.html', 'new')
  rmSync(at('head', 'sites/acme/run.sh'))
  put('head', 'sites/acme/run.sh', 'one')
  chmodSync(at('head', 'sites/acme/run.sh'), 0o755)
  rmSync(at('head', 'apps/booking/page.tsx'))
  const { app, marketing } = await lanes()
  expect(marketing.files).toEqual({ created: ['new.html'], changed: ['index.html', 'run.sh'], deleted: [], bytes: 9 })
  expect(app).toMatchObject({ files: { deleted: ['page.tsx'] }, restarts: true, changed: true })
})

test('a source that git could take for a repository is one of files, and nothing that it names is run', async () => {
  const trap = trapIn(folder)
  for (const source of ['sites/acme', 'apps/booking']) fill(at('head', source), trap)
  committed(join(folder, 'base'))
  committed(join(folder, 'head'))
  const { app, marketing } = await lanes()
  const created = trap.files.filter((path) => path !== 'index.html')
  expect(marketing.files).toMatchObject({ created, changed: ['index.html'], deleted: [] })
  expect(app.files).toMatchObject({ created: trap.files, changed: [], deleted: [] })
  expect(trap.ran()).toEqual([])
})

test('sites are rendered and compared, names of variables and secrets, migrations with what they say', async () => {
  manifest(
    [['app', 'body_limit'], '20m'],
    [['app', 'env'], { BRAND_NAME: 'Other', SEASON: 'winter' }],
    [['app', 'secrets'], { SESSION_SECRET: 'ACME_OTHER_SECRET' }]
  )
  put('head', 'apps/booking/migrations/0001.sql', 'select 2;\n')
  put('head', 'apps/booking/migrations/0002.sql', 'select 3;\n')
  const { app } = await lanes()
  expect(app.site!.diff).toContain('-  client_max_body_size 10m;\n+  client_max_body_size 20m;')
  expect(app.env).toEqual({ added: ['SEASON'], changed: ['BRAND_NAME', 'SESSION_SECRET'], removed: [] })
  expect(app.migrations).toEqual({
    applied: [],
    pending: ['0002.sql'],
    sql: [{ name: '0002.sql', sql: 'select 3;\n', bytes: 10 }]
  })
  expect(app.warnings).toEqual(['edited: 0001.sql; a deploy refuses that where it was applied'])
})

test('how it is built is a reason to restart', async () => {
  manifest([['app', 'build'], 'npm run make'])
  expect((await lanes()).app).toMatchObject({ files: nothing, restarts: true, changed: true })
})

test('a tenant that is new is all new', async () => {
  rmSync(at('base', 'tenants/acme'), { recursive: true })
  put('base', 'tenants/bolt/tenant.yml', tenant('bolt', 4201))
  const { app, marketing } = await lanes()
  expect(app.files.created).toEqual(['migrations/0001.sql', 'page.tsx'])
  expect(app.migrations!.pending).toEqual(['0001.sql'])
  expect(marketing.site!.diff).toContain('--- /dev/null')
})

test.each<[string, Path, unknown, RegExp]>([
  [
    'is built',
    ['marketing', 'build'],
    'npm run build',
    /^the site is built when it ships, and its files were not compared; its source is another than before$/
  ],
  [
    'lies elsewhere',
    ['marketing', 'source'],
    { repository: 'acme/site', ref: 'main' },
    /^the site's files are those of acme\/site at main, and were not compared; its source is another than before$/
  ]
])('a site that %s is not compared, and says so', async (_what, path, value, why) => {
  manifest([path, value])
  const { marketing } = await lanes()
  expect(marketing).toMatchObject({ changed: true, files: nothing, uncompared: expect.stringMatching(why) })
  cpSync(join(folder, 'head'), join(folder, 'base'), { recursive: true })
  expect((await lanes()).marketing).toMatchObject({
    changed: false,
    uncompared: expect.stringMatching(/the same as before$/)
  })
})

test('has a fingerprint that a deploy can be compared with, but for the host', async () => {
  const { app } = await lanes()
  expect(app.fingerprint).toMatchObject({ host: null, files: expect.stringMatching(/^[0-9a-f]{12}$/) })
  put('head', 'apps/booking/page.tsx', 'two')
  const changed = (await lanes()).app
  expect({ ...changed.fingerprint, files: app.fingerprint!.files }).toEqual(app.fingerprint)
  expect(changed.fingerprint!.files).not.toBe(app.fingerprint!.files)
})

describe('a host is not looked at', () => {
  test('for a fork, whatever else is at hand', async () => {
    const { compared, note } = await preview({ isRestricted: true, sshKey: 'KEY', secrets: { A: 'b' } })
    expect([compared, note]).toEqual([
      'base',
      'a pull request from a fork or of Dependabot gets no secrets: the host was not looked at'
    ])
  })

  test('where only the pull request says which it is', async () => {
    put('head', 'tenants/hosts/web-1.yml', host({ address: 'evil.example' }))
    const { compared, note } = await preview({ sshKey: 'KEY', secrets: { A: 'b' } })
    expect([compared, note]).toEqual([
      'base',
      expect.stringMatching(/^tenants\/hosts\/web-1\.yml is another than in the base: no secret is sent/)
    ])
  })
})

test('a base with faults says nothing of where secrets may go', async () => {
  const token = { repository: 'acme/site', ref: 'main', token: 'ACME_SITE_TOKEN' }
  manifest([['marketing', 'source'], token])
  put('base', 'tenants/acme/tenant.yml', tenant('acme', 4101, site, [['app', 'helth'], '/']))
  const { compared, note, report } = await preview({ sshKey: 'KEY', secrets: { A: 'b' } })
  expect([compared, note]).toEqual(['base', expect.stringMatching(/^the manifests of the base have faults: no secret/)])
  // A pull request that mends them has a preview all the same.
  expect(report.lanes.map(({ warnings }) => warnings)).toEqual(
    Array(2).fill(['the manifests of the base have faults: everything counts as new'])
  )
})

describe('a secret goes nowhere else', () => {
  const given = { sshKey: 'KEY', secrets: { A: 'b' } }
  const token = { repository: 'acme/site', ref: 'main', token: 'ACME_SITE_TOKEN' }

  test('than to the host that the base reaches by the file that its own file names', async () => {
    for (const side of ['base', 'head'] as const)
      put(side, 'tenants/hosts/web-1.yml', { name: 'web-1', from: 'made.json' })
    put('head', 'made.json', '{}')
    expect((await preview(given)).note).toMatch(/^made\.json is another than in the base/)
  })

  test.each<[string, unknown]>([
    ['another repository', { ...token, repository: 'https://evil.example/site' }],
    ['another token', { ...token, token: 'ACME_OTHER_TOKEN' }]
  ])('than to the repository that the base clones: %s', async (_what, source) => {
    put('base', 'tenants/acme/tenant.yml', tenant('acme', 4101, site, [['marketing', 'source'], token]))
    manifest([['marketing', 'source'], source])
    const { compared, note } = await preview(given)
    expect([compared, note]).toEqual([
      'base',
      expect.stringMatching(/^marketing\.source is another repository, or has another token/)
    ])
  })

  test.each(['sshKey', 'lookKey'])('where nothing of it is another, the host is asked, by its %s', async (key) => {
    for (const side of ['base', 'head'] as const)
      put(side, 'tenants/acme/tenant.yml', tenant('acme', 4101, site, [['marketing', 'source'], token]))
    const { compared, report, lanes } = await preview({ ...given, sshKey: null, [key]: 'KEY' })
    // There is no collector to ask it with, and it knows no key that may only look.
    expect([compared, lanes, report.failure?.step]).toEqual(['host', ['app', 'marketing'], 'connect'])
  })
})

describe('what can not be compared is an error, once', () => {
  test('without a base', async () => {
    const { report } = await preview({ base: null })
    expect(report).toMatchObject({
      exitCode: 64,
      failure: { message: 'a preview needs the input look-key or ssh-key, or the input base' }
    })
  })

  test('with a manifest that is wrong', async () => {
    manifest([['app', 'helth'], '/'])
    const { report, error } = await preview({ isRestricted: true })
    expect(report.exitCode).toBe(64)
    expect(error?.message).toContain('helth')
  })

  test.each([
    ['a template', 'templates/nginx/app.conf.mustache', 'the template is missing, or is not a plain file'],
    ['a migration', 'apps/booking/migrations/0002.sql', /is not a plain file|outside the source/]
  ])('with %s that leads to another file of this machine', async (_what, path, message) => {
    mkdirSync(dirname(at('head', path)), { recursive: true })
    symlinkSync('/proc/self/environ', at('head', path))
    const { report } = await preview()
    expect(report.lanes[0]!.failure?.message).toMatch(message)
    expect(JSON.stringify(report)).not.toContain('PATH=')
  })

  test('also in a folder of which nothing is shipped', async () => {
    manifest([['app', 'migrations'], 'node_modules/x'])
    mkdirSync(at('head', 'apps/booking/node_modules/x'), { recursive: true })
    symlinkSync('/proc/self/environ', at('head', 'apps/booking/node_modules/x/0001.sql'))
    const { report } = await preview()
    expect(report.lanes[0]!.failure).toMatchObject({ kind: 'migration', message: '0001.sql is not a plain file' })
  })
})
