import { afterAll, beforeAll, describe } from 'vitest'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { matching, one, ward, type Fault, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What somebody does to PgBouncer, and to what it has of a tenant. */

/** What the app answers that can't ask its database. */
const asked = 'app.public.cors'
const entryOf = ({ name, world }: Patient) =>
  `host=127.0.0.1 port=${world.host.postgres.port} dbname=${name} pool_mode=transaction`
const provision = ({ name }: Patient) => `tenant provision ${name}`

/** PgBouncer reads no file again that has the size and, to the second, the time of the one that it knows. */
const reloadPooler = ({ sh, world }: Patient) => {
  const { databases, users, pid } = world.host.pgbouncer
  return sh('touch -d "-1 hour" -- "$1" "$2"; kill -HUP "$(cat "$3")"', databases, users, pid)
}
const through = ({ name, world }: Patient, actual: unknown): Row => [
  `through 127.0.0.1:${world.host.pgbouncer.port}`,
  `${name} as ${name}`,
  actual
]
const change = async (tenant: Patient, file: string, ...script: string[]) => {
  await tenant.sh('sed -i "$2" "$1"', file, ...script)
  await reloadPooler(tenant)
}
const back = async (tenant: Patient, file: string, text: string) => {
  await tenant.write(file, text)
  await reloadPooler(tenant)
}

const faults: Record<string, Fault> = {
  'the entry has another mode': async (tenant) => {
    const { name } = tenant
    const { databases } = tenant.world.host.pgbouncer
    await change(tenant, databases, `s/^\\(${name} = .*\\)transaction/\\1session/`)
    return one({
      address: 'pgbouncer.entry',
      rows: [[name, entryOf(tenant), entryOf(tenant).replace('transaction', 'session')]],
      remedy: provision(tenant)
    })
  },

  'the entry leads to another database': async (tenant) => {
    const { name } = tenant
    const { databases } = tenant.world.host.pgbouncer
    await change(tenant, databases, `s/^\\(${name} = .*\\)dbname=${name}/\\1dbname=postgres/`)
    return one({
      address: 'pgbouncer.entry',
      rows: [[name, entryOf(tenant), entryOf(tenant).replace(`dbname=${name}`, 'dbname=postgres')]],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', asked]
    })
  },

  'the entry is gone': async (tenant) => {
    const { name } = tenant
    const { databases } = tenant.world.host.pgbouncer
    await change(tenant, databases, `/^${name} = /d`)
    return one({
      address: 'pgbouncer.entry',
      rows: [[name, entryOf(tenant), 'no entry']],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', asked]
    })
  },

  'the credential is gone': async (tenant) => {
    const { name } = tenant
    const { users } = tenant.world.host.pgbouncer
    await change(tenant, users, `/^"${name}" /d`)
    return one({
      address: 'pgbouncer.entry',
      rows: [[`credential of ${name}`, "PostgreSQL's own", 'none']],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', asked]
    })
  },

  'the credential is a password in plain text': async (tenant) => {
    const { name } = tenant
    const { users } = tenant.world.host.pgbouncer
    await change(tenant, users, `s/^"${name}" .*/"${name}" "in plain text"/`)
    return {
      ...one({
        address: 'pgbouncer.entry',
        rows: [[`credential of ${name}`, "PostgreSQL's own", 'not SCRAM-SHA-256']],
        remedy: provision(tenant),
        follows: ['pgbouncer.route', asked]
      }),
      untold: ['in plain text']
    }
  },

  'entry and credential are gone': async (tenant) => {
    const { name } = tenant
    const { databases, users } = tenant.world.host.pgbouncer
    await tenant.sh('sed -i "/^$2 = /d" "$1"; sed -i "/^\\"$2\\" /d" "$3"', databases, name, users)
    await reloadPooler(tenant)
    return one({
      address: 'pgbouncer.entry',
      verdict: 'missing',
      rows: [[name, 'an entry and a credential', 'missing']],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', asked]
    })
  },

  'all is there, and PgBouncer does not know yet': async (tenant) => {
    const { name } = tenant
    const { databases } = tenant.world.host.pgbouncer
    const before = await tenant.read(databases)
    await change(tenant, databases, `/^${name} = /d`)
    return {
      ...one({
        address: 'pgbouncer.route',
        rows: [through(tenant, matching(/no such database/))],
        remedy: provision(tenant),
        follows: [asked]
      }),
      // Whoever has it read its files again would have it know.
      afterwards: () => tenant.write(databases, before)
    }
  }
}

rounds({ 'its part': faults })

describe('what all tenants share', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())

  ward(() => world.patients[0]!).each({
    'the include is a comment': async (tenant) => {
      const { config, databases } = tenant.world.host.pgbouncer
      const before = await tenant.read(config)
      await change(tenant, config, 's|^%include|;&|')
      return one(
        {
          address: 'host.pgbouncer',
          ofHost: true,
          rows: [[config, `%include ${databases}`, 'no such line']],
          remedy: provision(tenant),
          follows: ['pgbouncer.route', asked]
        },
        () => back(tenant, config, before)
      )
    },

    'everybody is trusted': async (tenant) => {
      const { config } = tenant.world.host.pgbouncer
      const before = await tenant.read(config)
      await change(tenant, config, 's/^auth_type.*/auth_type = any/')
      const rows: Row[] = [['auth_type', 'scram-sha-256', 'any']]
      const follows = ['pgbouncer.route', asked]
      return one({ address: 'host.pgbouncer', ofHost: true, rows, remedy: provision(tenant), follows }, () =>
        back(tenant, config, before)
      )
    },

    'others may read the credentials': async (tenant) => {
      const { users } = tenant.world.host.pgbouncer
      await tenant.sh('chmod o+r "$1"', users)
      const rows: Row[] = [[`mode of ${users}`, 'no access for others', '0644']]
      return one({ address: 'host.pgbouncer', ofHost: true, rows, remedy: provision(tenant) })
    },

    'it does not run': async (tenant) => {
      await tenant.sh('systemctl stop pgbouncer')
      return one(
        {
          address: 'host.pgbouncer',
          ofHost: true,
          rows: [['PgBouncer', 'running', 'not running']],
          remedy: matching(/^see that PgBouncer runs \(systemctl start pgbouncer\)/),
          follows: ['pgbouncer.route', asked]
        },
        () => tenant.sh('systemctl start pgbouncer')
      )
    }
  })
})
