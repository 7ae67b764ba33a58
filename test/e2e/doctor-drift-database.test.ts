import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { expectHealthy, matching, one, ward, type Row } from './faults.ts'

/** What somebody does in PostgreSQL to what is a tenant's. */
const world = worldAt(inject('repository'))
const name = 'archive'
const first = '0001_bookings.sql'
/** What the app answers that can't ask its database. */
const asked = 'app.public.cors'
const provision = `tenant provision ${name}`
const aside = `${name}_aside`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

/** As the administrator, in a database that is not the tenant's. */
const asAdministrator = async (...statements: string[]) => {
  const words = statements.flatMap((statement) => ['-c', statement])
  const connection = ['-p', String(world.host.postgres.port)]
  await tenant.sh(
    'sudo -u postgres psql -qX -v ON_ERROR_STOP=1 -h /run/postgresql -d postgres "$@"',
    ...connection,
    ...words
  )
}
/** Nobody is connected any more, so that whoever comes next has to log in. */
const hangUp = `select pg_terminate_backend(pid) from pg_stat_activity where datname in ('${name}', '${aside}')`

test('of what was just deployed nothing is found', () => expectHealthy(tenant))

describe('the role', () => {
  const address = 'database.role'

  each({
    'it may create databases and roles': async () => {
      await asAdministrator(`alter role ${name} createdb createrole`)
      const rows: Row[] = ['roles', 'databases'].map((what) => [`may create ${what}`, 'no', 'yes'])
      return one({ address, rows, remedy: provision })
    },

    'it can become another': async () => {
      await asAdministrator('create role archivists', `grant archivists to ${name}`)
      return one({ address, rows: [['roles that it can become', 'none', 'archivists']], remedy: provision }, () =>
        asAdministrator('drop role archivists')
      )
    },

    'another can become it': async () => {
      await asAdministrator('create role archivists', `grant ${name} to archivists`)
      return one({ address, rows: [['roles that can become it', 'none', 'archivists']], remedy: provision }, () =>
        asAdministrator('drop role archivists')
      )
    },

    'it may not log in': async () => {
      await asAdministrator(`alter role ${name} nologin`, hangUp)
      return one({
        address,
        rows: [['may log in', 'yes', 'no']],
        remedy: provision,
        follows: ['pgbouncer.route', 'app.migrations', asked]
      })
    },

    'it has another password': async () => {
      await asAdministrator(`alter role ${name} password 'nobody knows it'`, hangUp)
      return {
        ...one({
          address,
          rows: [['password', "the secret's", 'another']],
          remedy: provision,
          follows: ['pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
        }),
        untold: ['nobody knows it', tenant.password]
      }
    },

    'it has another name': async () => {
      await asAdministrator(hangUp, `alter role ${name} rename to ${aside}`)
      return one(
        {
          address,
          verdict: 'missing',
          rows: [[name, 'a role', 'missing']],
          remedy: provision,
          follows: ['database', 'database.ownership', 'pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
        },
        () => asAdministrator(`drop role ${aside}`)
      )
    }
  })
})

describe('the database', () => {
  const address = 'database'

  each({
    'everybody may connect': async () => {
      await asAdministrator(`grant connect on database ${name} to public`)
      return one({ address, rows: [['who may connect', name, `PUBLIC, ${name}`]], remedy: provision })
    },

    'it belongs to another': async () => {
      await asAdministrator(`alter database ${name} owner to postgres`, hangUp)
      return one({
        address,
        rows: [
          ['owner', name, 'postgres'],
          ['who may connect', name, 'postgres']
        ],
        remedy: provision,
        follows: ['pgbouncer.route', 'app.migrations', asked]
      })
    },

    'it lets nobody in': async () => {
      await asAdministrator(`alter database ${name} allow_connections false`, hangUp)
      return one({
        address,
        rows: [['allows connections', 'yes', 'no']],
        remedy: provision,
        follows: ['pgbouncer.route', 'app.migrations', asked]
      })
    },

    'it is gone: made again, its tables come with a deploy': async () => {
      await asAdministrator(`drop database ${name} with (force)`)
      return one(
        {
          address,
          verdict: 'missing',
          rows: [[name, 'a database', 'missing']],
          remedy: provision,
          follows: ['pgbouncer.route', 'app.migrations', asked]
        },
        async () => {
          const { report } = await tenant.examine()
          expect(report.findings).toMatchObject([{ address: 'app.migrations', remedy: `tenant deploy ${name} app` }])
          expect((await tenant.deploy('app')).code).toBe(0)
        }
      )
    },

    'a table belongs to another': async () => {
      await tenant.sql('alter table bookings owner to postgres')
      const rows: Row[] = [['owner of table public.bookings', name, 'postgres']]
      return one({ address: 'database.ownership', rows, remedy: provision, follows: [asked] })
    },

    'what was restored as its administrator belongs to the administrator': async () => {
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
          remedy: provision,
          follows: ['app.migrations']
        },
        () => tenant.sql('drop schema history cascade')
      )
    }
  })
})

describe('migrations', () => {
  const address = 'app.migrations'
  const remedy = matching(/^put each file back as it was when it was applied/)

  each({
    'one is not applied any more, as after an older backup was restored': async () => {
      await tenant.sql('drop table bookings, tenant_migrations')
      return one({
        address,
        rows: [[first, 'applied', 'pending']],
        remedy: `tenant deploy ${name} app`,
        follows: [asked]
      })
    },

    'one was applied with another content': async () => {
      const [sha256] = await tenant.sql(`select sha256 from tenant_migrations where name = '${first}'`)
      const set = (hash: string) =>
        tenant.sql(`update tenant_migrations set sha256 = '${hash}' where name = '${first}'`)
      await set('0'.repeat(64))
      return one({ address, rows: [[first, 'as it was when applied', 'edited since']], remedy }, () => set(sha256!))
    },

    'one was applied that nobody has a file of': async () => {
      await tenant.sql(`insert into tenant_migrations (name, sha256) values ('0002_by_hand.sql', '${'0'.repeat(64)}')`)
      const row: Row = ['0002_by_hand.sql', 'a file in the source', 'applied, but not in the source']
      return one({ address, rows: [row], remedy }, () =>
        tenant.sql("delete from tenant_migrations where name = '0002_by_hand.sql'")
      )
    }
  })
})

describe('PostgreSQL', () => {
  const data = '/var/lib/postgresql/tenant-sandbox/data'
  const control = (program: string, ...words: string[]) =>
    tenant.sh(
      'setpriv --reuid postgres --regid postgres --init-groups "$@" </dev/null >/dev/null 2>&1',
      ...[program, '-w', '-s', '-D', data, ...words]
    )

  each({
    'it does not run: what stands in it is unknown, and that is told once': async () => {
      const program = await tenant.sh('readlink "/proc/$(head -n 1 "$1/postmaster.pid")/exe"', data)
      const pgCtl = join(dirname(program.trim()), 'pg_ctl')
      await control(pgCtl, 'stop', '-m', 'fast')
      return one(
        {
          address: 'database.role',
          verdict: 'unknown',
          cause: matching(/Connection refused|No such file or directory/),
          remedy: `put right what it says, then: tenant doctor ${name}`,
          follows: ['database', 'database.ownership', 'pgbouncer.entry', 'pgbouncer.route', 'app.migrations', asked]
        },
        async () => {
          await control(pgCtl, 'start', '-l', `${dirname(data)}/postgres.log`)
          // PgBouncer tries no login for 15 seconds after one that failed; this waits until it does.
          expect((await tenant.provision()).code).toBe(0)
        }
      )
    }
  })
})
