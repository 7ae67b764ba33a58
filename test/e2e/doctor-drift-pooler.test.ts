import { afterAll, beforeAll, inject } from 'vitest'
import { patient, type Patient } from '../world/patient.ts'
import { worldAt } from '../world/world.ts'
import { matching, one, ward, type Row } from './faults.ts'

/** What somebody does to PgBouncer, and to what it has of a tenant. */
const world = worldAt(inject('repository'))
const name = 'carpool'
const { config, databases, users, pid, port } = world.host.pgbouncer
const address = 'pgbouncer.entry'
/** What the app answers that can't ask its database. */
const asked = 'app.public.cors'
const entry = `host=127.0.0.1 port=${world.host.postgres.port} dbname=${name} pool_mode=transaction`
const remedy = `tenant provision ${name}`
let tenant: Patient
const { each } = ward(() => tenant)

beforeAll(async () => {
  tenant = await patient(world, name)
})
afterAll(() => tenant.forget())

/** PgBouncer reads no file again that has the size and, to the second, the time of the one that it knows. */
const reloadPooler = () => tenant.sh('touch -d "-1 hour" -- "$1" "$2"; kill -HUP "$(cat "$3")"', databases, users, pid)
const through = (actual: unknown): Row => [`through 127.0.0.1:${port}`, `${name} as ${name}`, actual]
const change = async (file: string, ...script: string[]) => {
  await tenant.sh('sed -i "$2" "$1"', file, ...script)
  await reloadPooler()
}
const back = async (file: string, text: string) => {
  await tenant.write(file, text)
  await reloadPooler()
}

each({
  'the entry has another mode': async () => {
    await change(databases, `s/^\\(${name} = .*\\)transaction/\\1session/`)
    return one({ address, rows: [[name, entry, entry.replace('transaction', 'session')]], remedy })
  },

  'the entry leads to another database': async () => {
    await change(databases, `s/^\\(${name} = .*\\)dbname=${name}/\\1dbname=postgres/`)
    return one({
      address,
      rows: [[name, entry, entry.replace(`dbname=${name}`, 'dbname=postgres')]],
      remedy,
      follows: ['pgbouncer.route', asked]
    })
  },

  'the entry is gone': async () => {
    await change(databases, `/^${name} = /d`)
    return one({ address, rows: [[name, entry, 'no entry']], remedy, follows: ['pgbouncer.route', asked] })
  },

  'the credential is gone': async () => {
    await change(users, `/^"${name}" /d`)
    return one({
      address,
      rows: [[`credential of ${name}`, "PostgreSQL's own", 'none']],
      remedy,
      follows: ['pgbouncer.route', asked]
    })
  },

  'the credential is a password in plain text': async () => {
    await change(users, `s/^"${name}" .*/"${name}" "in plain text"/`)
    return {
      ...one({
        address,
        rows: [[`credential of ${name}`, "PostgreSQL's own", 'not SCRAM-SHA-256']],
        remedy,
        follows: ['pgbouncer.route', asked]
      }),
      untold: ['in plain text']
    }
  },

  'entry and credential are gone': async () => {
    await tenant.sh('sed -i "/^$2 = /d" "$1"; sed -i "/^\\"$2\\" /d" "$3"', databases, name, users)
    await reloadPooler()
    return one({
      address,
      verdict: 'missing',
      rows: [[name, 'an entry and a credential', 'missing']],
      remedy,
      follows: ['pgbouncer.route', asked]
    })
  },

  'all is there, and PgBouncer does not know yet': async () => {
    const before = await tenant.read(databases)
    await change(databases, `/^${name} = /d`)
    await tenant.write(databases, before)
    return one({ address: 'pgbouncer.route', rows: [through(matching(/no such database/))], remedy, follows: [asked] })
  },

  'the include is a comment': async () => {
    const before = await tenant.read(config)
    await change(config, 's|^%include|;&|')
    return one(
      {
        address: 'host.pgbouncer',
        ofHost: true,
        rows: [[config, `%include ${databases}`, 'no such line']],
        remedy,
        follows: ['pgbouncer.route', asked]
      },
      () => back(config, before)
    )
  },

  'everybody is trusted': async () => {
    const before = await tenant.read(config)
    await change(config, 's/^auth_type.*/auth_type = any/')
    const rows: Row[] = [['auth_type', 'scram-sha-256', 'any']]
    const follows = ['pgbouncer.route', asked]
    return one({ address: 'host.pgbouncer', ofHost: true, rows, remedy, follows }, () => back(config, before))
  },

  'others may read the credentials': async () => {
    await tenant.sh('chmod o+r "$1"', users)
    const rows: Row[] = [[`mode of ${users}`, 'no access for others', '0644']]
    return one({ address: 'host.pgbouncer', ofHost: true, rows, remedy })
  },

  'it does not run': async () => {
    await tenant.sh('pid=$(cat "$1"); kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done', pid)
    return one(
      {
        address: 'host.pgbouncer',
        ofHost: true,
        rows: [['PgBouncer', 'running', 'not running']],
        remedy: matching(/^see that PgBouncer runs \(systemctl start pgbouncer\)/),
        follows: ['pgbouncer.route', asked]
      },
      () =>
        tenant.sh(
          `setpriv --reuid postgres --regid postgres --init-groups pgbouncer --daemon --quiet "$2" </dev/null >/dev/null 2>&1
          for each in $(seq 50); do [ -s "$1" ] && exit 0; sleep 0.1; done; exit 1`,
          pid,
          config
        )
    )
  }
})
