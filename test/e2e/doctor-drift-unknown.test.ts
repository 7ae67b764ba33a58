import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secretNames } from '../world/fresh-tenant.ts'
import { edit } from '../world/on-host.ts'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { expectHealthy, matching, one, ward, type Fault } from './faults.ts'
import { rounds } from './rounds.ts'

/** What can't be looked at is told as that, once, and is never taken for fine; the rest is judged all the same. */
const withheld = (...secrets: string[]) => ({
  address: 'secrets',
  verdict: 'unknown' as const,
  cause: `what is made of these secrets was not compared, as they were not handed over: ${secrets.join(', ')}`,
  remedy: matching(/^hand them over \(input secrets/)
})

const secrets: Record<string, Fault> = {
  'one of the app was not handed over': (tenant) => {
    const { session } = secretNames(tenant.name)
    tenant.setSecret(session, undefined)
    const undo = () => Promise.resolve(tenant.setSecret(session, `session of ${tenant.name}`))
    return Promise.resolve(one(withheld(session), undo))
  },

  "the database's password was not handed over": (tenant) => {
    const { password } = secretNames(tenant.name)
    tenant.setSecret(password, undefined)
    const undo = () => Promise.resolve(tenant.setSecret(password, tenant.password))
    return Promise.resolve(one(withheld(password), undo))
  }
}

const holder = { by: 'alice', host: 'runner', command: 'deploy app', run: null, at: '2026-01-02T03:04:05Z' }
const HOLD = `exec 9>>"$1"; flock -w 20 9; printf '%s\\n' "$2" >"$1"; until [ -e "$3" ]; do sleep 0.1; done; : >"$1"`

/** Holds the lock as a run does, until it is let go. */
async function hold(tenant: Patient): Promise<() => Promise<void>> {
  const [lock, go] = [`${tenant.root}/lock`, `/tmp/go-of-${tenant.name}`]
  // The kernel lists locks by another inode than one sees of a file that came with the frozen layer, so it is made anew.
  await tenant.sh('rm -f "$1"; cp -p "$2" "$2.new"; mv "$2.new" "$2"', go, lock)
  const held = tenant.own(HOLD, lock, JSON.stringify(holder), go)
  while ((await tenant.world.exec(['grep', '-q', 'alice', lock])).code !== 0) await sleep(50)
  return async () => {
    await tenant.sh(': >"$1"', go)
    await held
    await tenant.sh('rm "$1"', go)
  }
}

const underWay: Record<string, Fault> = {
  'what differs may be what it is changing': async (tenant) => {
    const letGo = await hold(tenant)
    await tenant.pm2('stop', 'all')
    return one(
      {
        address: 'lock',
        verdict: 'unknown',
        cause:
          'a run was under way, so what differs may be what it was changing: alice on runner (deploy app) since 2026-01-02T03:04:05Z',
        remedy: `when it is over: tenant doctor ${tenant.name}`
      },
      async () => {
        await letGo()
        await tenant.pm2('start', 'all')
      }
    )
  }
}

rounds({ secrets, 'a run under way': underWay })

describe('one tenant', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const patient = () => world.patients[0]!

  ward(patient).each({
    'no secret was handed over, and something drifts besides': async (tenant) => {
      const names = secretNames(tenant.name)
      await tenant.sh('echo "h1 { color: red }" >>"$1/assets/site.css"', tenant.marketing)
      const drift = {
        address: 'marketing.files',
        rows: [['assets/site.css', matching(/^sha256/), matching(/^sha256/)] as [string, unknown, unknown]],
        remedy: `tenant deploy ${tenant.name} marketing`
      }
      return {
        found: [withheld(names.password, names.session), drift],
        env: { TENANT_SECRETS: '{}' },
        undo: () => Promise.resolve()
      }
    }
  })

  test('a run under way: where nothing differs, nothing is said of it', async () => {
    const letGo = await hold(patient())
    try {
      await expectHealthy(patient())
    } finally {
      await letGo()
    }
  })

  test('manifests with faults: the others are looked at, and their things are not taken for forgotten ones', async () => {
    const [first, ...others] = world.patients
    const faulty = others.slice(0, 2)
    for (const { file } of faulty) edit(world, file, 'marketing:', 'marketting:')
    const { code, report } = await first!.examine(['--all'])
    expect(code).toBe(2)
    expect(report.findings).toEqual(
      faulty.map(({ name }) => ({
        tenant: name,
        host: 'sandbox',
        address: 'manifest',
        verdict: 'unknown',
        differences: [],
        cause: matching(/marketting/),
        remedy: expect.any(String) as string,
        consequences: []
      }))
    )
    const healthy = world.patients.filter((each) => !faulty.includes(each))
    expect(report.tenants).toMatchObject([
      ...healthy.map(({ name }) => ({ tenant: name, health: 'in-sync' })),
      ...faulty.map(({ name }) => ({ tenant: name, health: 'unknown', checked: 0 }))
    ])
    first!.restore()
    await expectHealthy(first!)
  })
})
