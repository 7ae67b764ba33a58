import { globSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from '../../../src/run.ts'
import { runDoctor } from '../../../src/run-doctor.ts'
import { runPreview } from '../../../src/run-preview.ts'
import type { Request } from '../../../src/request.ts'
import { loadTenants } from '../../../src/tenant/choose.ts'
import { loadFleet, loadOffline, loadTenant } from '../../../src/tenant/load.ts'
import { reservedSecrets } from '../../../src/tenant/reserved.ts'
import type { Path } from '../../../src/tenant/source.ts'
import { surveyPlan } from '../../../src/tenant/survey-plan.ts'
import { secretName } from '../../../src/tenant/values.ts'
import { eachInItsRepository, failure, fleetLines, host, root, tenant, write } from './repository.ts'

eachInItsRepository()

const places: Path[] = [
  ['database', 'password'],
  ['app', 'secrets', 'SESSION_SECRET'],
  ['marketing', 'source', 'token']
]
const lines = { database: '9:13', app: '33:21', marketing: '49:12' }
const naming = (path: Path, secret: string, name = 'acme') =>
  write(`tenants/${name}/tenant.yml`, tenant(name, 4101, [path, secret]))
const own = 'name one that begins with ACME_, or share it with acme under `shared_secrets` in'
const files = 'tenants/hosts/web-1.yml or tenants/fleet.yml'

/** A neighbour whose name begins as acme's does. */
const longer = () => {
  const data = JSON.stringify(tenant('acme-eu', 4301)).replaceAll('"name":"acme-eu","role"', '"name":"acme_eu","role"')
  write(
    'tenants/acme-eu/tenant.yml',
    data.replaceAll('ACME-EU', 'ACME_EU').replace('"role":"acme-eu"', '"role":"acme_eu"')
  )
}

describe.each(places)('%s.%s', (...path) => {
  const place = `tenants/acme/tenant.yml:${lines[path[0] as keyof typeof lines]}: ${path.join('.')}`

  test.each<[string, string, () => unknown]>([
    ["the tenant's own", 'ACME_OTHER', () => undefined],
    ['what begins as the name of a neighbour that there is not', 'ACME_EU_DB', () => undefined],
    [
      "a neighbour's that the host shares",
      'BOLT_DB',
      () => write('tenants/hosts/web-1.yml', host({ shared_secrets: { BOLT_DB: ['acme', 'bolt'] } }))
    ],
    [
      'what the host shares with all',
      'SITE_TOKEN',
      () => write('tenants/hosts/web-1.yml', host({ shared_secrets: { SITE_TOKEN: 'all' } }))
    ],
    [
      'what the fleet shares',
      'SITE_TOKEN',
      () => write('tenants/fleet.yml', { shared_secrets: { SITE_TOKEN: ['acme'] } })
    ],
    [
      'what the fleet shares with all',
      'SITE_TOKEN',
      () => write('tenants/fleet.yml', { shared_secrets: { SITE_TOKEN: 'all' } })
    ],
    [
      'what a neighbour with the longer name has, where it is shared',
      'ACME_EU_DB',
      () => {
        longer()
        write('tenants/fleet.yml', { shared_secrets: { ACME_EU_DB: ['acme'] } })
      }
    ]
  ])('may be %s', (_, secret, prepare) => {
    naming(path, secret)
    prepare()
    expect(loadFleet(root).tenants.length).toBeGreaterThan(1)
    expect(loadTenant(root, 'acme').tenant.name).toBe('acme')
  })

  test.each<[string, string, () => unknown, string]>([
    ["a neighbour's", 'BOLT_OTHER', () => undefined, `this secret is bolt's: ${own} ${files}`],
    ["nobody's", 'SITE_TOKEN', () => undefined, `this secret is not one of acme's: ${own} ${files}`],
    ['its own without the line', 'ACMEOTHER', () => undefined, `this secret is not one of acme's: ${own} ${files}`],
    ["a neighbour's with the longer name", 'ACME_EU_DB', longer, `this secret is acme-eu's: ${own} ${files}`],
    [
      "that of a neighbour whose manifest can't be read",
      'ACME_EU_DB',
      () => write('tenants/acme-eu/tenant.yml', 'name: [\n'),
      `this secret is acme-eu's: ${own} ${files}`
    ],
    [
      'that of a neighbour without a manifest',
      'ACME_EU_DB',
      () => mkdirSync(join(root, 'tenants/acme-eu')),
      `this secret is acme-eu's: ${own} ${files}`
    ],
    [
      'what is shared with another tenant',
      'SITE_TOKEN',
      () => {
        write('tenants/hosts/web-1.yml', host({ shared_secrets: { SITE_TOKEN: ['bolt'] } }))
        write('tenants/fleet.yml', { shared_secrets: { SITE_TOKEN: ['bolt'] } })
      },
      `this secret is not one of acme's: ${own} ${files}`
    ],
    [
      'what another host shares',
      'SITE_TOKEN',
      () => write('tenants/hosts/web-2.yml', host({ name: 'web-2', shared_secrets: { SITE_TOKEN: 'all' } })),
      `this secret is not one of acme's: ${own} ${files}`
    ],
    [
      'what the file shares that a machine writes',
      'SITE_TOKEN',
      () => {
        write('tenants/hosts/web-1.yml', { name: 'web-1', from: 'made.json' })
        write('made.json', { ...host({ shared_secrets: { SITE_TOKEN: 'all' } }), name: undefined })
      },
      `this secret is not one of acme's: ${own} ${files}`
    ]
  ])('is refused where it is %s', (_, secret, prepare, complaint) => {
    naming(path, secret)
    prepare()
    const line = `${place}: ${complaint}`
    expect(fleetLines()).toContain(line)
    expect(surveyPlan(root, 'all').complaints.map(({ message }) => message)).toContain(complaint.split(':')[0])
    for (const load of [() => loadTenant(root, 'acme'), () => loadOffline(root, 'acme')])
      expect(failure(load).message).toBe(line)
    expect(loadTenants(root, 'all').broken.map(({ name, error }) => [name, error.message])).toContainEqual([
      'acme',
      line
    ])
    expect(loadTenant(root, 'bolt').tenant.name).toBe('bolt')
  })

  test.each([...reservedSecrets])("is never the deploy's own %s", (secret) => {
    naming(path, secret)
    write('tenants/fleet.yml', { shared_secrets: { [secret]: 'all' } })
    expect(fleetLines()).toEqual([
      `${place}: the value is not the name of a secret: choose another secret: this one belongs to the deploy itself`,
      'tenants/fleet.yml:2:3: shared_secrets.'.concat(
        secret,
        ': the value is not the name of a secret: choose another secret: this one belongs to the deploy itself'
      )
    ])
    expect(failure(() => loadTenant(root, 'acme')).kind).toBe('manifest')
  })
})

test('the longer name has what begins with it', () => {
  longer()
  expect(loadTenant(root, 'acme-eu').tenant.database?.password).toBe('ACME_EU_DATABASE_PASSWORD')
  const text = readFileSync(join(root, 'tenants/acme-eu/tenant.yml'), 'utf8')
  write('tenants/acme-eu/tenant.yml', text.replace('ACME_EU_SESSION_SECRET', 'ACME_SESSION_SECRET'))
  expect(failure(() => loadTenant(root, 'acme-eu')).message).toMatch(
    /app\.secrets\.SESSION_SECRET: this secret is acme's/
  )
})

test("a tenant that is named like a host's secret does not have it", () => {
  const administrator = { role: 'operator', password: 'ACME_ADMINISTRATOR' }
  write('tenants/hosts/web-1.yml', host({ postgres: { administrator } }))
  naming(['app', 'secrets', 'SESSION_SECRET'], 'ACME_ADMINISTRATOR')
  expect(fleetLines()).toEqual([
    "tenants/acme/tenant.yml:33:21: app.secrets.SESSION_SECRET: this secret is that of the databases' administrator in tenants/hosts/web-1.yml: name a secret that begins with ACME_"
  ])
})

test.each<[string, string, unknown, string[]]>([
  [
    'hosts/web-1',
    'no such tenant',
    { SITE_TOKEN: ['acme', 'blot'] },
    ['8:7: shared_secrets.SITE_TOKEN[1]: there is no tenant "blot" on this host: did you mean `bolt`?']
  ],
  [
    'hosts/web-2',
    'one of another host',
    { SITE_TOKEN: ['acme'] },
    ['7:7: shared_secrets.SITE_TOKEN[0]: there is no tenant "acme" on this host: remove it']
  ],
  [
    'fleet',
    'no such tenant',
    { SITE_TOKEN: ['zeta'] },
    ['3:7: shared_secrets.SITE_TOKEN[0]: there is no tenant "zeta" in this repository: remove it']
  ],
  [
    'fleet',
    'no name of a tenant',
    { SITE_TOKEN: ['Acme!'] },
    [
      '3:7: shared_secrets.SITE_TOKEN[0]: "Acme!" is not a name for a tenant: write 2 to 24 lower-case letters, digits and single hyphens, a letter first, such as yourbrand'
    ]
  ],
  [
    'fleet',
    'no name of a secret',
    { 'site token': ['acme'] },
    [
      '2:3: shared_secrets["site token"]: the value is not the name of a secret: write the name under which the repository keeps the secret, in upper case, never its value, such as YOURBRAND_DATABASE_PASSWORD'
    ]
  ],
  [
    'fleet',
    'a tenant twice',
    { SITE_TOKEN: ['acme', 'acme'] },
    ['4:7: shared_secrets.SITE_TOKEN[1]: "acme" is listed twice: remove one of the two']
  ],
  [
    'fleet',
    'no tenants',
    { SITE_TOKEN: [] },
    [
      '2:15: shared_secrets.SITE_TOKEN: has the wrong number of items: write text or a list, such as [yourbrand, otherbrand]'
    ]
  ],
  [
    'fleet',
    'another word',
    { SITE_TOKEN: 'everyone' },
    [
      '2:15: shared_secrets.SITE_TOKEN: "everyone" is not `all` or a list of tenants: write `all` or a list, such as [yourbrand, otherbrand]'
    ]
  ],
  ['fleet', 'a list', ['SITE_TOKEN'], ['2:3: shared_secrets: is a list, not a map: write a map']]
])('tenants/%s.yml that shares with %s', (file, _, shared, complaints) => {
  if (file === 'hosts/web-2') write('tenants/hosts/web-2.yml', host({ name: 'web-2', shared_secrets: shared }))
  else write(`tenants/${file}.yml`, file === 'fleet' ? { shared_secrets: shared } : host({ shared_secrets: shared }))
  expect(fleetLines()).toEqual(complaints.map((line) => `tenants/${file}.yml:${line}`))
})

describe('before anything is connected to', () => {
  const given = (): Request => ({
    user: null,
    repository: root,
    program: { templates: join(import.meta.dirname, '../../../templates'), collector: '/nowhere' },
    sshKey: 'KEY',
    lookKey: null,
    agent: null,
    secrets: { BOLT_OTHER: 'of another' },
    environment: {},
    gitServer: 'https://github.com',
    identity: { by: 'octocat', commit: null, run: null },
    command: 'deploy',
    tenant: 'acme',
    lanes: 'all',
    dryRun: false,
    runsBuilds: true,
    backup: null,
    output: null,
    machine: 'here',
    waitMs: 0
  })
  const tell = () => undefined
  const { signal } = new AbortController()
  const refused = {
    step: 'read the manifest',
    kind: 'manifest',
    message: expect.stringContaining("this secret is bolt's")
  }

  test.each(['deploy', 'provision', 'rollback', 'backup', 'restore', 'releases', 'backups'] as const)(
    '%s refuses it, also as a dry run',
    async (command) => {
      naming(['app', 'secrets', 'SESSION_SECRET'], 'BOLT_OTHER')
      for (const dryRun of [false, true]) {
        const { report } = await run({ ...given(), command, dryRun }, tell, signal)
        expect(report).toMatchObject({ exitCode: 64, failure: refused })
      }
    }
  )

  test('so do a preview with a host and one without', async () => {
    naming(['marketing', 'source', 'token'], 'BOLT_OTHER')
    for (const isRestricted of [false, true]) {
      const { report } = await runPreview({ ...given(), base: root, isRestricted }, tell, signal)
      expect(report).toMatchObject({ exitCode: 64, failure: { kind: 'manifest', message: refused.message } })
    }
  })

  test('and doctor', async () => {
    naming(['database', 'password'], 'BOLT_OTHER')
    const { report } = await runDoctor({ ...given(), choice: { tenants: ['acme'] } }, signal)
    expect(report).toMatchObject({ exitCode: 64, failure: { kind: 'manifest', message: refused.message } })
  })
})

test('no manifest can name a secret that a workflow names for the deploy itself', () => {
  const folder = join(import.meta.dirname, '../../..')
  const texts = ['.github/workflows/*.yml', 'README.md', 'docs/*.md', 'action.yml'].flatMap((pattern) =>
    globSync(pattern, { cwd: folder }).map((file) => readFileSync(join(folder, file), 'utf8'))
  )
  const named = new Set(
    texts.flatMap((text) => [...text.matchAll(/\bsecrets\.([A-Z][A-Z0-9_]*)/g)].map(([, name]) => name))
  )
  expect(named).toContain('DEPLOY_SSH_KEY')
  expect([...named].filter((name) => secretName.safeParse(name).success)).toEqual([])
})
