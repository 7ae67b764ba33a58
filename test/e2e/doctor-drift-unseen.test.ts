import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { DoctorFinding } from '../../src/report/doctor-report.ts'
import { withNarrowRules } from '../contract/accounts.ts'
import type { SandboxHost } from '../sandbox/host-file.ts'
import { somePorts } from '../world/ports.ts'
import { edit, restore } from '../world/on-host.ts'
import { hospital } from '../world/patients.ts'
import { expectHealthy, matching } from './faults.ts'

/** A host that can't be reached, and one where the account that connects may not look at all. */
const world = await hospital()
const tenant = world.patients[0]!
const { name } = tenant
afterAll(() => world[Symbol.asyncDispose]())

describe('a host', () => {
  const from = `tenants/hosts/elsewhere.yml`
  const folder = '.sandbox'
  /** Another name for the same host, with something else in its file; the tenant is said to be there. */
  function elsewhere(changed: Partial<SandboxHost>): void {
    const file = join(world.repository.path, folder, 'elsewhere.json')
    writeFileSync(file, JSON.stringify({ ...world.host, ...changed }))
    world.repository.write(from, `name: elsewhere\nfrom: ${folder}/elsewhere.json\n`)
    edit(world, `tenants/${name}/tenant.yml`, 'host: sandbox', 'host: elsewhere')
  }

  afterAll(() => restore(world))

  const examine = async () => {
    const { code, report } = await tenant.examine(['--host', 'elsewhere'])
    expect(code).toBe(2)
    expect(report.failure).toBeNull()
    // Visitors see all that they should, and that is not enough.
    expect(report.tenants).toMatchObject([{ tenant: name, health: 'unknown' }])
    expect(report.hosts).toMatchObject([{ host: 'elsewhere', health: 'unknown', checked: 0 }])
    return report.findings
  }
  const unknown = (cause: unknown, remedy: unknown): DoctorFinding[] => [
    {
      tenant: null,
      host: 'elsewhere',
      address: 'host',
      verdict: 'unknown',
      differences: [],
      cause: cause as string,
      remedy: remedy as string,
      consequences: expect.any(Array) as []
    }
  ]

  beforeEach(() => restore(world))

  test('nothing accepts SSH there', async () => {
    const [port] = (await somePorts(1)) as [number]
    elsewhere({ port })
    expect(await examine()).toEqual(
      unknown(
        `nothing accepts SSH at ${world.host.address} port ${port} (deploy@${world.host.address}:${port})`,
        'correct port in the host file, or start sshd on the host'
      )
    )
  })

  test('it shows another key than the one that is pinned', async () => {
    const pinned = `SHA256:${'A'.repeat(43)}`
    elsewhere({ host_key: pinned })
    const [finding] = await examine()
    expect([finding]).toEqual(
      unknown(
        expect.stringContaining(`the host shows the key ${world.host.host_key}`),
        matching(/then pin it as host_key/)
      )
    )
    expect(finding!.cause).toContain(pinned)
  })

  test('it takes no such key', async () => {
    const key = join(world.repository.path, folder, 'another_key')
    await tenant.sh('rm -f /tmp/another_key*; ssh-keygen -q -t ed25519 -N "" -f /tmp/another_key')
    writeFileSync(key, await tenant.read('/tmp/another_key'), { mode: 0o600 })
    await tenant.sh('rm /tmp/another_key /tmp/another_key.pub')
    elsewhere({ key_file: key })
    expect(await examine()).toEqual(
      unknown(
        expect.stringContaining('the host does not accept this key for the account deploy'),
        matching(/authorized_keys on the host/)
      )
    )
  })

  test('the key is not where the file of the host says', async () => {
    elsewhere({ key_file: '/nowhere/deploy_key' })
    expect(await examine()).toEqual(
      unknown(
        "/nowhere/deploy_key can't be read: ENOENT (key_file of the host)",
        'correct the path, or the rights of the file'
      )
    )
  })
})

describe('an account that may not look as root', () => {
  const examine = () => withNarrowRules(world, () => tenant.examine())
  const unseen = {
    tenant: null,
    host: 'sandbox',
    address: 'host.root',
    verdict: 'unknown',
    differences: [],
    cause: matching(/^could not become the account root/),
    remedy: matching(/let an administrator run|or give it a sudo rule/),
    consequences: []
  }

  test('what only root sees is one finding', async () => {
    const { code, report } = await examine()
    expect(report.findings).toEqual([unseen])
    expect(code).toBe(2)
    expect(report.tenants).toMatchObject([{ tenant: name, health: 'unknown' }])
  })

  test("what the tenant's own account sees is judged", async () => {
    await tenant.pm2('stop', 'all')
    try {
      const { code, report } = await examine()
      expect(report.findings).toMatchObject([
        unseen,
        {
          tenant: name,
          address: 'app.process',
          verdict: 'drifted',
          remedy: `tenant deploy ${name} app`,
          consequences: [{ address: 'app.public.health' }]
        }
      ])
      expect(code).toBe(2)
    } finally {
      await tenant.pm2('start', 'all')
    }
    await expectHealthy(tenant)
  })

  test('nor may become that of the tenant', async () => {
    await tenant.sh('gpasswd --delete "$1" tenants >/dev/null', tenant.account)
    try {
      const { code, report } = await examine()
      expect(report.findings).toMatchObject([
        unseen,
        {
          tenant: name,
          address: 'account',
          verdict: 'unknown',
          cause: matching(new RegExp(`^could not become the account ${tenant.account}`))
        }
      ])
      expect(code).toBe(2)
    } finally {
      await tenant.sh('gpasswd --add "$1" tenants >/dev/null', tenant.account)
    }
    await expectHealthy(tenant)
  })
})
