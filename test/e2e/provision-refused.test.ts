import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freshTenant, secretNames, type FreshTenant } from '../world/fresh-tenant.ts'
import { hostListing } from '../world/host-state.ts'
import { edit } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import { expectFailure, type Expected } from './refusal.ts'

/** Whatever is wrong before anything is begun: one error that says what, where and what to do. */
const world = await cloned()
const HOST_FILE = 'tenants/hosts/sandbox.yml'
const hostFile = world.repository.read(HOST_FILE)
const password = secretNames('harbour').password
let tenant: FreshTenant
let manifest: string

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
  manifest = world.repository.read(tenant.file)
})

afterEach(() => {
  world.repository.write(HOST_FILE, hostFile)
  world.repository.write(tenant.file, manifest)
  tenant.setSecret(password, tenant.password)
})

afterAll(() => tenant.forget())

describe('before anything is changed', () => {
  test.each<[string, () => void, Expected]>([
    [
      'a secret that is not there',
      () => tenant.setSecret(password, undefined),
      {
        code: 64,
        kind: 'secret',
        message: /^the secret HARBOUR_DATABASE_PASSWORD is not set$/,
        where: /^tenants\/harbour\/tenant\.yml, database\.password$/,
        remedy: /^add HARBOUR_DATABASE_PASSWORD to the secrets/
      }
    ],
    [
      'a password that is not ASCII',
      () => tenant.setSecret(password, 'pässword'),
      {
        code: 64,
        kind: 'secret',
        message: /^the secret HARBOUR_DATABASE_PASSWORD holds characters that a password may not have$/,
        where: /^tenants\/harbour\/tenant\.yml, database\.password$/,
        remedy: /printable ASCII/
      }
    ],
    [
      'a host that is not there',
      () => world.repository.write(HOST_FILE, `${hostFile}port: 9\n`),
      {
        code: 2,
        kind: 'refused',
        message: /^nothing accepts SSH at 10\.213\.\d+\.2 port 9$/,
        where: /^deploy@10\./,
        remedy: /./
      }
    ],
    [
      'another host than the one that is known',
      () => world.repository.write(HOST_FILE, `${hostFile}host_key: SHA256:${'A'.repeat(43)}\n`),
      { code: 2, kind: 'host-key', message: /key/, where: /./, remedy: /host_key/ }
    ],
    [
      'an account that may not log in',
      () => world.repository.write(HOST_FILE, `${hostFile}user: nobody-there\n`),
      { code: 2, kind: 'authentication', message: /nobody-there/, where: /./, remedy: /./ }
    ],
    [
      "a name of PostgreSQL's own",
      () => edit(world, tenant.file, 'role: harbour', 'role: postgres'),
      { code: 64, kind: 'manifest', message: /keeps this one for itself/, where: /^/, remedy: /tenant check/ }
    ]
  ])('%s', async (_, breakIt, expected) => {
    const before = await hostListing(world)
    breakIt()
    expectFailure(await tenant.provision(), tenant.password, expected)
    expectFailure(await tenant.provision('--dry-run'), tenant.password, expected)
    expect(await hostListing(world)).toBe(before)
  })

  test('a tenant that no manifest tells of', async () => {
    const ran = await world.tenant(['provision', 'harbor', '--json'])
    expect(ran.code).toBe(64)
    expect(ran.report.failure?.message + ran.report.failure!.remedy!).toContain('harbour')
  })
})

test('a person reads one error, where and what to do', async () => {
  tenant.setSecret(password, undefined)
  const { code, stdout, stderr } = await world.tenant(['provision', 'harbour'])
  expect(code).toBe(64)
  const said = (stdout + stderr).replaceAll(/\s+/g, ' ')
  expect(said.match(/the secret HARBOUR_DATABASE_PASSWORD is not set/g)).toHaveLength(1)
  expect(said).toContain('tenants/harbour/tenant.yml, database.password')
  expect(said).toContain('add HARBOUR_DATABASE_PASSWORD to the secrets')
})
