import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { secretNames } from '../world/fresh-tenant.ts'
import { edit, restore } from '../world/on-host.ts'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { expectHealthy, matching, one, ward } from './faults.ts'

/** What can't be looked at is told as that, once, and is never taken for fine; the rest is judged all the same. */
const world = worldAt(inject('repository'))
const name = 'observer'
const names = secretNames(name)
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

const stopped = () => tenant.pm2('stop', 'all')
const started = () => tenant.pm2('start', 'all')

describe('secrets', () => {
  const handOver = matching(/^hand them over \(input secrets/)
  const withheld = (...secrets: string[]) => ({
    address: 'secrets',
    verdict: 'unknown' as const,
    cause: `what is made of these secrets was not compared, as they were not handed over: ${secrets.join(', ')}`,
    remedy: handOver
  })

  each({
    'one of the app was not handed over': async () => {
      tenant.setSecret(names.session, undefined)
      return one(withheld(names.session), () => Promise.resolve(tenant.setSecret(names.session, `session of ${name}`)))
    },

    "the database's password was not handed over": async () => {
      tenant.setSecret(names.password, undefined)
      return one(withheld(names.password), () => Promise.resolve(tenant.setSecret(names.password, tenant.password)))
    },

    'none was, and something drifts besides': async () => {
      await tenant.sh('echo "h1 { color: red }" >>"$1/assets/site.css"', tenant.marketing)
      const drift = {
        address: 'marketing.files',
        rows: [['assets/site.css', matching(/^sha256/), matching(/^sha256/)] as [string, unknown, unknown]],
        remedy: `tenant deploy ${name} marketing`
      }
      return {
        found: [withheld(names.password, names.session), drift],
        env: { TENANT_SECRETS: '{}' },
        undo: () => Promise.resolve()
      }
    }
  })
})

describe('a run under way', () => {
  const holder = { by: 'alice', host: 'runner', command: 'deploy app', run: null, at: '2026-01-02T03:04:05Z' }
  const go = `/tmp/go-of-${name}`
  const script = `exec 9>>"$1"; flock -w 20 9; printf '%s\\n' "$2" >"$1"; until [ -e "$3" ]; do sleep 0.1; done; : >"$1"`
  const lock = `/srv/tenants/${name}/lock`

  /** Holds the lock as a run does, until it is let go. */
  async function hold(): Promise<() => Promise<void>> {
    await tenant.sh('rm -f "$1"', go)
    const held = tenant.own(script, lock, JSON.stringify(holder), go)
    while ((await world.exec(['grep', '-q', 'alice', lock])).code !== 0) await sleep(50)
    return async () => {
      await tenant.sh(': >"$1"', go)
      await held
      await tenant.sh('rm "$1"', go)
    }
  }

  each({
    'what differs may be what it is changing': async () => {
      const letGo = await hold()
      await stopped()
      return one(
        {
          address: 'lock',
          verdict: 'unknown',
          cause:
            'a run was under way, so what differs may be what it was changing: alice on runner (deploy app) since 2026-01-02T03:04:05Z',
          remedy: `when it is over: tenant doctor ${name}`
        },
        async () => {
          await letGo()
          await started()
        }
      )
    }
  })

  test('where nothing differs, nothing is said of it', async () => {
    const letGo = await hold()
    try {
      await expectHealthy(tenant)
    } finally {
      await letGo()
    }
  })
})

describe('a manifest with faults', () => {
  afterAll(() => restore(world))

  test('the others are looked at, and its things are not taken for forgotten ones', async () => {
    for (const one of ['yourbrand', 'otherbrand']) edit(world, `tenants/${one}/tenant.yml`, 'marketing:', 'marketting:')
    const { code, report } = await tenant.examine(['--all'])
    expect(code).toBe(2)
    expect(report.findings).toEqual(
      ['otherbrand', 'yourbrand'].map((one) => ({
        tenant: one,
        host: 'sandbox',
        address: 'manifest',
        verdict: 'unknown',
        differences: [],
        cause: matching(/marketting/),
        remedy: expect.any(String) as string,
        consequences: []
      }))
    )
    expect(report.tenants).toMatchObject([
      { tenant: name, health: 'in-sync' },
      { tenant: 'otherbrand', health: 'unknown', checked: 0 },
      { tenant: 'yourbrand', health: 'unknown', checked: 0 }
    ])
    restore(world)
    await expectHealthy(tenant)
  })
})
