import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addAccount, type Account } from '../contract/accounts.ts'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { edit } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import type { Ran } from '../world/world.ts'

/**
 * The account that deploys has no more rights than those that provision wrote for it: an administrator provisions, and
 * it ships.
 */
const world = await cloned()
const RULE = '/etc/sudoers.d/sandbox'
const KEPT = '/root/sandbox-sudoers'
const ADMIN = 'somebody'
let tenant: FreshTenant
let admin: Account

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
  admin = await addAccount(world, ADMIN, { shell: '/bin/bash' })
  await tenant.must(['sh', '-ec', 'echo "$1 ALL=(ALL:ALL) NOPASSWD: ALL" >"$2"; chmod 440 "$2"', 'sh', ADMIN, rule])
  await tenant.must(['mv', RULE, KEPT])
})

const rule = '/etc/sudoers.d/somebody'

afterAll(async () => {
  await tenant.must(['sh', '-c', '[ ! -e "$1" ] || mv "$1" "$2"; rm -f "$3"', 'sh', KEPT, RULE, rule])
  await admin[Symbol.asyncDispose]()
  await tenant.forget()
})

beforeEach(async () => {
  const { stdout } = await world.exec(['sudo', '-n', '-l'], { as: 'deploy' })
  expect(stdout).toContain('(%tenants) NOPASSWD: ALL')
  expect(stdout).not.toContain('(ALL')
})

const health = async () => (await world.visit(world.url('booking.harbour.test', '/api/health'))).text

function expectRefusal(ran: Ran): void {
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  const failure = ran.report.provision!.failure ?? ran.report.failure!
  expect(failure).toMatchObject({
    kind: 'privilege',
    message: expect.stringContaining('could not become the account') as string,
    where: expect.stringContaining(`${world.host.address}:${world.host.port}`) as string
  })
  expect(failure.remedy).toMatch(
    /let an administrator run `tenant provision`|`tenant provision` makes those of tenants/
  )
}

test('it may neither provision nor deploy a new tenant, and is told who may', async () => {
  for (const words of [['provision'], ['deploy']] as const)
    expectRefusal(await world.tenant([...words, 'harbour', '--json']))
  expectRefusal(await tenant.provision('--dry-run'))
  expect((await world.exec(['id', tenant.account])).code).toBe(1)
})

test('an administrator provisions by an account of their own', async () => {
  const dry = await tenant.provision('--user', ADMIN, '--dry-run')
  expect(dry.code, dry.stdout + dry.stderr).toBe(0)
  const ran = await tenant.provision('--user', ADMIN)
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  expect((await tenant.provision('--user', ADMIN)).report).toMatchObject({ changed: false, exitCode: 0 })
})

test('what is provisioned is shipped, with a warning that not all was looked at', async () => {
  const first = await tenant.deploy()
  expect(first.code, first.stdout + first.stderr).toBe(0)
  expect(first.report.provision).toMatchObject({ changed: false, findings: [], failure: null })
  expect(first.report.provision!.warnings).toEqual([
    expect.stringMatching(/^what only root sees was not looked at: could not become the account root/)
  ])
  expect(JSON.parse(await health())).toEqual({ release: first.lane('app').release })

  edit(world, 'test/tiny-app/page.html', 'A tiny app', 'A tiny app, edited')
  const dry = await tenant.deploy('--dry-run')
  expect(dry.code, dry.stdout + dry.stderr).toBe(0)
  expect(dry.lane('app').files.changed).toEqual(['page.html'])
  const next = await tenant.deploy()
  expect(next.code, next.stdout + next.stderr).toBe(0)
  expect(JSON.parse(await health())).toEqual({ release: next.lane('app').release })
  const back = await world.tenant(['rollback', 'harbour', 'app', '--json'])
  expect(back.code, back.stdout + back.stderr).toBe(0)
  expect(JSON.parse(await health())).toEqual({ release: first.lane('app').release })
})

test('a deploy publishes a site that has changed', async () => {
  edit(world, tenant.file, 'redirects: [harbour.test]', 'redirects: []')
  const ran = await tenant.deploy()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.lane('marketing').site).toMatchObject({ changed: true, reloaded: true })
})

test('after that an administrator finds nothing to do', async () => {
  const ran = await tenant.provision('--user', ADMIN)
  expect(ran.report, ran.stdout + ran.stderr).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
})

test('provision is refused to it also where all is there', async () => {
  expectRefusal(await tenant.provision())
})
