import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { expectHealthy, matching, one, ward, type Fault, type Row } from './faults.ts'
import { rounds } from './rounds.ts'

/** What somebody does in PostgreSQL to what is a tenant's. */
const first = '0001_bookings.sql'
/** What the app answers that can't ask its database. */
const asked = 'app.public.cors'
const provision = ({ name }: Patient) => `tenant provision ${name}`
const asideOf = ({ name }: Patient) => `${name}_aside`
const othersOf = ({ name }: Patient) => `${name}_readers`

/** As the administrator, in a database that is not the tenant's. */
const asAdministrator = async (tenant: Patient, ...statements: string[]) => {
  const words = statements.flatMap((statement) => ['-c', statement])
  const connection = ['-p', String(tenant.world.host.postgres.port)]
  await tenant.sh(
    'sudo -u postgres psql -qX -v ON_ERROR_STOP=1 -h /run/postgresql -d postgres "$@"',
    ...connection,
    ...words
  )
}
/** Nobody is connected any more, so that whoever comes next has to log in. */
const hangUp = (tenant: Patient) =>
  `select pg_terminate_backend(pid) from pg_stat_activity where datname in ('${tenant.name}', '${asideOf(tenant)}')`

const role: Record<string, Fault> = {
  'it may create databases and roles': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `alter role ${name} createdb createrole`)
    const rows: Row[] = ['roles', 'databases'].map((what) => [`may create ${what}`, 'no', 'yes'])
    return one({ address: 'database.role', rows, remedy: provision(tenant) })
  },

  'it can become another': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `create role ${othersOf(tenant)}`, `grant ${othersOf(tenant)} to ${name}`)
    return one(
      {
        address: 'database.role',
        rows: [['roles that it can become', 'none', othersOf(tenant)]],
        remedy: provision(tenant)
      },
      () => asAdministrator(tenant, `drop role ${othersOf(tenant)}`)
    )
  },

  'another can become it': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `create role ${othersOf(tenant)}`, `grant ${name} to ${othersOf(tenant)}`)
    return one(
      {
        address: 'database.role',
        rows: [['roles that can become it', 'none', othersOf(tenant)]],
        remedy: provision(tenant)
      },
      () => asAdministrator(tenant, `drop role ${othersOf(tenant)}`)
    )
  },

  'it may not log in': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `alter role ${name} nologin`, hangUp(tenant))
    return one({
      address: 'database.role',
      rows: [['may log in', 'yes', 'no']],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', 'app.migrations', asked]
    })
  },

  'it has another password': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `alter role ${name} password 'nobody knows it'`, hangUp(tenant))
    return {
      ...one({
        address: 'database.role',
        rows: [['password', "the secret's", 'another']],
        remedy: provision(tenant),
        follows: ['pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
      }),
      untold: ['nobody knows it', tenant.password]
    }
  },

  'it has another name': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, hangUp(tenant), `alter role ${name} rename to ${asideOf(tenant)}`)
    return one(
      {
        address: 'database.role',
        verdict: 'missing',
        rows: [[name, 'a role', 'missing']],
        remedy: provision(tenant),
        follows: ['database', 'database.ownership', 'pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
      },
      () => asAdministrator(tenant, `drop role ${asideOf(tenant)}`)
    )
  }
}

const database: Record<string, Fault> = {
  'everybody may connect': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `grant connect on database ${name} to public`)
    return one({ address: 'database', rows: [['who may connect', name, `PUBLIC, ${name}`]], remedy: provision(tenant) })
  },

  'it belongs to another': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `alter database ${name} owner to postgres`, hangUp(tenant))
    return one({
      address: 'database',
      rows: [
        ['owner', name, 'postgres'],
        ['who may connect', name, 'postgres']
      ],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', 'app.migrations', asked]
    })
  },

  'it lets nobody in': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `alter database ${name} allow_connections false`, hangUp(tenant))
    return one({
      address: 'database',
      rows: [['allows connections', 'yes', 'no']],
      remedy: provision(tenant),
      follows: ['pgbouncer.route', 'app.migrations', asked]
    })
  },

  'it is gone: made again, its tables come with a deploy': async (tenant) => {
    const { name } = tenant
    await asAdministrator(tenant, `drop database ${name} with (force)`)
    return one(
      {
        address: 'database',
        verdict: 'missing',
        rows: [[name, 'a database', 'missing']],
        remedy: provision(tenant),
        follows: ['pgbouncer.route', 'app.migrations', asked]
      },
      async () => {
        const { report } = await tenant.examine()
        expect(report.findings).toMatchObject([{ address: 'app.migrations', remedy: `tenant deploy ${name} app` }])
        expect((await tenant.deploy('app')).code).toBe(0)
      }
    )
  },

  'a table belongs to another': async (tenant) => {
    const { name } = tenant
    await tenant.sql('alter table bookings owner to postgres')
    const rows: Row[] = [['owner of table public.bookings', name, 'postgres']]
    return one({ address: 'database.ownership', rows, remedy: provision(tenant), follows: [asked] })
  },

  'what was restored as its administrator belongs to the administrator': async (tenant) => {
    const { name } = tenant
    await tenant.sql('create schema history; create view history.past as select id from bookings')
    await tenant.sql('alter table tenant_migrations owner to postgres')
    return one(
      {
        address: 'database.ownership',
        rows: [
          ['owner of schema history', name, 'postgres'],
          ['owner of table public.tenant_migrations', name, 'postgres'],
          ['owner of view history.past', name, 'postgres']
        ],
        remedy: provision(tenant),
        follows: ['app.migrations']
      },
      () => tenant.sql('drop schema history cascade')
    )
  }
}

const PUT_BACK = matching(/^put each file back as it was when it was applied/)

const migrations: Record<string, Fault> = {
  'one is not applied any more, as after an older backup was restored': async (tenant) => {
    const { name } = tenant
    await tenant.sql('drop table bookings, tenant_migrations')
    return one({
      address: 'app.migrations',
      rows: [[first, 'applied', 'pending']],
      remedy: `tenant deploy ${name} app`,
      follows: [asked]
    })
  },

  'one was applied with another content': async (tenant) => {
    const [sha256] = await tenant.sql(`select sha256 from tenant_migrations where name = '${first}'`)
    const set = (hash: string) => tenant.sql(`update tenant_migrations set sha256 = '${hash}' where name = '${first}'`)
    await set('0'.repeat(64))
    return one(
      { address: 'app.migrations', rows: [[first, 'as it was when applied', 'edited since']], remedy: PUT_BACK },
      () => set(sha256!)
    )
  },

  'one was applied that nobody has a file of': async (tenant) => {
    await tenant.sql(`insert into tenant_migrations (name, sha256) values ('0002_by_hand.sql', '${'0'.repeat(64)}')`)
    const row: Row = ['0002_by_hand.sql', 'a file in the source', 'applied, but not in the source']
    return one({ address: 'app.migrations', rows: [row], remedy: PUT_BACK }, () =>
      tenant.sql("delete from tenant_migrations where name = '0002_by_hand.sql'")
    )
  }
}

rounds({ 'the role': role, 'the database': database, migrations })

describe('PostgreSQL', () => {
  let world: Hospital
  beforeAll(async () => {
    world = await hospital()
  })
  afterAll(() => world[Symbol.asyncDispose]())
  const patient = () => world.patients[0]!

  test('of what was just deployed nothing is found', () => expectHealthy(patient()))

  ward(patient).each({
    'it does not run: what stands in it is unknown, and that is told once': async (tenant) => {
      await tenant.sh('systemctl stop postgresql@*')
      return one(
        {
          address: 'database.role',
          verdict: 'unknown',
          cause: matching(/Connection refused|No such file or directory/),
          remedy: `put right what it says, then: tenant doctor ${tenant.name}`,
          follows: ['database', 'database.ownership', 'pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
        },
        async () => {
          await tenant.sh('systemctl start postgresql')
          // PgBouncer tries no login for 15 seconds after one that failed; this waits until it does.
          expect((await tenant.provision()).code).toBe(0)
        }
      )
    }
  })
})
