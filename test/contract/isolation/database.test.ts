import { describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { drifted, estate, missing, unreachable, withoutPatience, type Row } from './estate.ts'

const world = await cloned()
const name = 'otherbrand'
const tenant = estate(world, name)
const { sql, mends, stays, off, converge } = tenant
withoutPatience(world, tenant)
const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}';`

/** Who may connect, of the roles that a tenant could be. */
const mayConnect = () =>
  sql(`select rolname from pg_roles where rolname in ('${name}', 'yourbrand', 'stranger')
    and has_database_privilege(rolname, '${name}', 'connect') order by 1`)

/** Puts another database in its place for as long as `during` takes. */
async function inPlaceOf(options: string | null, during: () => Promise<void>): Promise<void> {
  await sql(`${endSessions}\nalter database ${name} rename to aside`)
  try {
    if (options !== null) await sql(`create database ${name} ${options}`)
    await during()
  } finally {
    await sql(`${endSessions}\ndrop database if exists ${name};\nalter database aside rename to ${name}`)
  }
  // PgBouncer has got through again.
  await converge()
  expect(await off()).toEqual({})
}

test('absent', async () => {
  await inPlaceOf(null, async () => {
    await mends({
      database: missing(name, 'a database'),
      'pgbouncer.route': unreachable(world, name)
    })
    expect(await mayConnect()).toEqual([name])
    const query = `select pg_encoding_to_char(encoding), pg_get_userbyid(datdba) from pg_database where datname = '${name}'`
    expect(await sql(query)).toEqual([`UTF8|${name}`])
  })
})

test('half made by a run that was cut off: nobody gets in yet, and nobody else ever', async () => {
  await inPlaceOf(`owner ${name} template template0 encoding 'UTF8' allow_connections false`, async () => {
    expect(await off()).toMatchObject({
      database: drifted(['allows connections', 'yes', 'no'], ['who may connect', name, `PUBLIC, ${name}`])
    })
    await converge()
    expect(await off()).toEqual({})
    expect(await mayConnect()).toEqual([name])
  })
})

describe('tampered with', () => {
  test.each([
    [
      'the owner',
      `alter database ${name} owner to postgres`,
      [
        ['owner', name, 'postgres'],
        ['who may connect', name, 'postgres']
      ]
    ],
    [
      "the neighbour's",
      `alter database ${name} owner to yourbrand`,
      [
        ['owner', name, 'yourbrand'],
        ['who may connect', name, 'yourbrand']
      ]
    ],
    ['open to all', `grant connect on database ${name} to public`, [['who may connect', name, `PUBLIC, ${name}`]]],
    ['as new', `grant all on database ${name} to public`, [['who may connect', name, `PUBLIC, ${name}`]]],
    [
      'open to the neighbour',
      `grant connect on database ${name} to yourbrand`,
      [['who may connect', name, `${name}, yourbrand`]]
    ],
    [
      'open to somebody who lets others in',
      `create role stranger; grant connect on database ${name} to yourbrand with grant option;
       set role yourbrand; grant connect on database ${name} to stranger`,
      [['who may connect', name, `${name}, stranger, yourbrand`]]
    ],
    ['open to nobody', `revoke all on database ${name} from ${name}`, [['who may connect', name, 'nobody']]]
  ] as [string, string, Row[]][])('%s', async (_, statements, rows) => {
    await sql(statements)
    await mends({ database: drifted(...rows) })
    expect(await mayConnect()).toEqual([name])
    await sql('drop role if exists stranger')
  })

  test('closed', async () => {
    await sql(`alter database ${name} allow_connections false; ${endSessions}`)
    await mends({
      database: drifted(['allows connections', 'yes', 'no']),
      'pgbouncer.route': unreachable(world, name)
    })
  })

  test('right but for its encoding is for a person', async () => {
    await inPlaceOf(`owner ${name} template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C'`, async () => {
      await sql(`revoke all on database ${name} from public`)
      await stays(
        { database: drifted(['encoding', 'UTF8', 'LATIN1']) },
        { database: 'back it up, rename it, provision again, and restore the backup' }
      )
    })
  })

  test('in another encoding and open to all: it is closed, and the encoding stays', async () => {
    await inPlaceOf(`owner postgres template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'`, async () => {
      expect(await off()).toMatchObject({
        database: drifted(
          ['owner', name, 'postgres'],
          ['encoding', 'UTF8', 'SQL_ASCII'],
          ['who may connect', name, 'PUBLIC, postgres']
        )
      })
      expect(Object.keys(await converge())).toEqual(['database'])
      await stays(
        { database: drifted(['encoding', 'UTF8', 'SQL_ASCII']) },
        { database: 'back it up, rename it, provision again, and restore the backup' }
      )
      expect(await mayConnect()).toEqual([name])
    })
  })
})
