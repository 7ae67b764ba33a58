import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { drifted, estate, missing, unreachable, withoutPatience, type Row } from './estate.ts'

const world = await cloned()
const role = 'otherbrand'
const tenant = estate(world, role)
const { sql, mends, off, converge, desire } = tenant
withoutPatience(world, tenant)
const through = `through 127.0.0.1:${world.host.pgbouncer.port}`
const elsewhere = drifted([`credential of ${role}`, "PostgreSQL's own", 'another'])
const verifier = async () => (await sql(`select rolpassword from pg_authid where rolname = '${role}'`))[0]!
const endSessions = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${role}'`

/** Logs in with a password, straight to the server; answers as whom. */
async function loggedIn(password: string): Promise<string> {
  const client = await tenant.logIn(password)
  try {
    return (await client.query<{ name: string }>('select current_user as name')).rows[0]!.name
  } finally {
    await client.end()
  }
}

test('absent: it is made, and is the one that the database belongs to', async () => {
  await sql(`drop role if exists gone;\nalter role ${role} rename to gone; ${endSessions}`)
  await mends({
    'database.role': missing(role, 'a role'),
    database: drifted(['owner', role, 'gone'], ['who may connect', role, 'gone']),
    'pgbouncer.entry': elsewhere,
    'pgbouncer.route': unreachable(world, role)
  })
  await sql('drop role gone')
})

describe('tampered with', () => {
  test.each([
    ['a superuser', 'superuser', ['superuser', 'no', 'yes']],
    ['makes roles', 'createrole', ['may create roles', 'no', 'yes']],
    ['makes databases', 'createdb', ['may create databases', 'no', 'yes']],
    ['replicates', 'replication', ['may replicate', 'no', 'yes']],
    ['sees every row', 'bypassrls', ['bypasses row security', 'no', 'yes']],
    ['may not log in', 'nologin', ['may log in', 'yes', 'no']]
  ] as [string, string, Row][])('%s', async (_, right, row) => {
    const before = await verifier()
    await sql(`alter role ${role} ${right}`)
    await mends({ 'database.role': drifted(row) })
    expect(await verifier()).toBe(before)
  })

  test('everything at once', async () => {
    await sql(`alter role ${role} superuser createrole createdb replication bypassrls`)
    await sql(`grant pg_read_all_data, pg_monitor, yourbrand to ${role}`)
    await mends({
      'database.role': drifted(
        ['superuser', 'no', 'yes'],
        ['may create roles', 'no', 'yes'],
        ['may create databases', 'no', 'yes'],
        ['may replicate', 'no', 'yes'],
        ['bypasses row security', 'no', 'yes'],
        ['roles that it can become', 'none', 'pg_monitor, pg_read_all_data, yourbrand']
      )
    })
  })

  test.each([
    ['a member of its neighbour', `grant yourbrand to ${role}`, ['roles that it can become', 'none', 'yourbrand']],
    [
      'a member who may let others in',
      `grant yourbrand to ${role} with admin option`,
      ['roles that it can become', 'none', 'yourbrand']
    ],
    [
      'a member, by somebody who is gone',
      `create role grantor superuser; set role grantor; grant yourbrand to ${role}; reset role;
       reassign owned by grantor to postgres; drop role grantor`,
      ['roles that it can become', 'none', 'yourbrand']
    ],
    ['its neighbour a member', `grant ${role} to yourbrand`, ['roles that can become it', 'none', 'yourbrand']],
    [
      'its neighbour a member, who let others in',
      `create role "of it"; grant ${role} to yourbrand with admin option; set role yourbrand; grant ${role} to "of it"`,
      ['roles that can become it', 'none', 'of it, yourbrand']
    ]
  ] as [string, string, Row][])('%s', async (_, statements, row) => {
    await sql(statements)
    await mends({ 'database.role': drifted(row) })
    await sql('drop role if exists "of it"')
  })

  test('another password: nobody gets through, and the verifier of the secret is put back', async () => {
    await sql(`alter role ${role} password 'hunter22'; ${endSessions}`)
    expect(await loggedIn('hunter22')).toBe(role)
    await mends({
      'database.role': drifted(['password', "the secret's", 'another']),
      'pgbouncer.entry': elsewhere,
      'pgbouncer.route': unreachable(world, role)
    })
    await expect(loggedIn('hunter22')).rejects.toThrow('password authentication failed')
  })

  test.each([
    ['kept as MD5', `set password_encryption = 'md5'; alter role ${role} password 'hunter22'`],
    ['none', `alter role ${role} password null`]
  ])('a password: %s', async (_, statements) => {
    await sql(statements)
    await mends({
      'database.role': drifted(['password', 'kept as SCRAM-SHA-256', 'not set, or kept in another way']),
      'pgbouncer.entry': elsewhere
    })
    expect(await verifier()).toMatch(/^SCRAM-SHA-256\$4096:/)
  })

  test('a verifier of so many rounds that it would keep us busy is not computed', async () => {
    const own = (await verifier()).replace('$4096:', '$1000001:')
    await sql(`alter role ${role} password '${own}'`)
    await mends({
      'database.role': drifted(['password', "the secret's", 'another']),
      'pgbouncer.entry': elsewhere
    })
  })
})

test('the secret of it with other rounds of the same password is as good', async () => {
  const own = tenant.shipment.secrets['OTHERBRAND_DATABASE_PASSWORD']!
  await sql(`alter role ${role} password '${own}'`)
  await mends({ 'pgbouncer.entry': elsewhere })
})

test.each([
  ['of usual characters', createHash('sha256').update('another').digest('hex')],
  ['of unusual ones', `it's "quoted" $HOME \\ \`id\` %s ;:=@/ #{} ~`]
])('a new secret reaches all places, and so does the old one again: %s', async (_, secret) => {
  const { secrets } = tenant.shipment
  const off1 = { 'database.role': drifted(['password', "the secret's", 'another']) }
  for (const password of [secret, secrets['OTHERBRAND_DATABASE_PASSWORD']!]) {
    desire({ secrets: { ...secrets, OTHERBRAND_DATABASE_PASSWORD: password } })
    expect(await off()).toEqual({
      ...off1,
      'pgbouncer.route': drifted([through, `${role} as ${role}`, 'SASL authentication failed'])
    })
    expect(Object.keys(await converge())).toEqual(['database.role', 'pgbouncer.entry'])
    expect(await off()).toEqual({})
    expect(await loggedIn(password)).toBe(role)
  }
})
