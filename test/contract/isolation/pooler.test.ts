import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { cutOff, drifted, estate, missing, unreachable, type Row } from './estate.ts'

const world = await cloned()
const name = 'otherbrand'
const tenant = estate(world, name)
const { sh, write, read, about, sql, mends, stays, off, converge } = tenant
const { config, databases, users, pid, port } = world.host.pgbouncer

/** The lines of a file, but for those of this tenant. */
const ofOthers = (text: string) =>
  text.split('\n').filter((line) => !line.startsWith(`${name} =`) && !line.startsWith(`"${name}" `))

describe('the route', () => {
  test('PgBouncer knows what its files said before: it reads them again', async () => {
    const password = tenant.shipment.secrets['OTHERBRAND_DATABASE_PASSWORD']!
    await sql(
      `alter role ${name} password '${password}'; select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`
    )
    const [verifier] = await sql(`select rolpassword from pg_authid where rolname = '${name}'`)
    await write(users, `${ofOthers(await read(users)).join('\n')}"${name}" "${verifier!}"\n`)
    // PgBouncer reads no file again that has the size and, to the second, the time of the one that it knows.
    await sh('touch -d "-1 hour" -- "$1"', users)
    await mends({ 'pgbouncer.route': unreachable(world, name) })
  })

  test('PgBouncer does not run: that is for a person, and who comes back to it finds the rest done', async () => {
    const address = `through 127.0.0.1:${port}`
    const number = (await read(pid)).trim()
    await sh('kill "$1"; while kill -0 "$1" 2>/dev/null; do sleep 0.1; done', number)
    try {
      const found = await off()
      expect(found).toEqual({
        'host.pgbouncer': drifted(['PgBouncer', 'running', 'not running']),
        'pgbouncer.route': drifted([address, `${name} as ${name}`, `connect ECONNREFUSED 127.0.0.1:${port}`])
      })
      expect((await tenant.remedies())['host.pgbouncer']).toContain('systemctl start pgbouncer')
      expect(await failureOf(converge())).toMatchObject({
        kind: 'provision',
        message: `could not have PgBouncer read its files again, and reach ${name} through it (exit code 1)`,
        log: expect.stringContaining('Connection refused') as string
      })
      expect(await off()).toEqual(found)
    } finally {
      await sh(
        `setpriv --reuid postgres --regid postgres --init-groups pgbouncer --daemon --quiet ${config} </dev/null >/dev/null 2>&1
        for each in $(seq 50); do [ -s "$1" ] && exit 0; sleep 0.1; done; exit 1`,
        pid
      )
    }
    expect(await off()).toEqual({})
  })
})

describe('what the tenants share', () => {
  const change = async (script: string) => sh(`sed -i ${script} "$1"`, config)
  const off1 = (...rows: Row[]) => ({ 'host.pgbouncer': drifted(...rows) })

  test.each([
    ['without the include', `'\\|^%include ${databases}|d'`, [config, `%include ${databases}`, 'no such line']],
    [
      'with the include in a comment',
      `'s|^%include ${databases}|;&|'`,
      [config, `%include ${databases}`, 'no such line']
    ],
    ['without auth_file', `'/^auth_file/d'`, ['auth_file', users, 'not set']],
    ['everybody is trusted', `'s/^auth_type.*/auth_type = trust/'`, ['auth_type', 'scram-sha-256', 'trust']],
    ['anybody is anybody', `'s/^auth_type.*/auth_type=any/'`, ['auth_type', 'scram-sha-256', 'any']],
    ['passwords are kept', `'s/^auth_type.*/auth_type = plain/'`, ['auth_type', 'scram-sha-256', 'plain']]
  ] as [string, string, Row][])('tampered with: %s', async (_, script, row) => {
    const before = await read(config)
    await change(script)
    await mends(off1(row))
    // But for the order and what was commented out, it is what it was.
    const sorted = (text: string) =>
      text
        .replace('scram-sha-256', 'md5')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith(`;%include ${databases}`))
        .sort()
    expect(sorted(await read(config))).toEqual(sorted(before))
    expect(await about(config)).toBe('regular file postgres postgres 640')
    await write(config, before)
    await sh('kill -HUP "$(cat "$1")"', pid)
  })

  test.each([
    [
      'another file of users',
      `'s|^auth_file.*|auth_file = /etc/pgbouncer/others.txt|'`,
      ['auth_file', users, '/etc/pgbouncer/others.txt']
    ],
    ['certificates in place of passwords', `'s/^auth_type.*/auth_type = cert/'`, ['auth_type', 'scram-sha-256', 'cert']]
  ] as [string, string, Row][])('for a person: %s', async (_, script, row) => {
    const before = await read(config)
    await change(script)
    const tampered = await read(config)
    try {
      await stays(off1(row), { 'host.pgbouncer': `${config} has auth_file = ${users} and auth_type = scram-sha-256` })
      expect(await read(config)).toBe(tampered)
    } finally {
      await write(config, before)
    }
  })

  test('what takes SCRAM as well is left alone', async () => {
    const before = await read(config)
    for (const type of ['scram-sha-256', 'md5', 'hba']) {
      await change(`'s/^auth_type.*/auth_type = ${type}/'`)
      expect(await off()).toEqual({})
    }
    await write(config, before)
  })

  test('credentials that others could read are closed to them', async () => {
    await sh('chmod 0644 "$1"', users)
    await mends(off1([`mode of ${users}`, 'no access for others', '0644']))
    expect(await about(users)).toBe('regular file postgres postgres 640')
  })

  test("root's own, which PgBouncer reads as one of others: it reads them still", async () => {
    await sh('chown root:root "$1"; chmod 0644 "$1"', users)
    try {
      await mends(off1([`mode of ${users}`, 'no access for others', '0644']))
      expect(await about(users)).toBe('regular file root postgres 640')
      await sh('setpriv --reuid postgres --regid postgres --clear-groups cat -- "$1" >/dev/null', users)
    } finally {
      await sh('chown postgres:postgres "$1"', users)
    }
  })

  test('what PgBouncer could not read any more is left as it is, and it says so', async () => {
    const folder = dirname(users)
    const before = (await sh('stat -c "%U:%G %a" -- "$1"', folder)).trim().split(' ')
    await sh('chown root:root "$1" "$2"; chmod 0644 "$1"; chmod 0700 "$2"', users, folder)
    try {
      expect(await failureOf(converge())).toMatchObject({
        kind: 'provision',
        message: `could not close ${users} to others (exit code 1)`,
        log: expect.stringContaining(`PgBouncer could not read ${users} any more`) as string
      })
      expect(await about(users)).toBe('regular file root root 644')
    } finally {
      await sh(
        'chown "$3" "$2"; chmod "$4" "$2"; chown postgres:postgres "$1"; chmod 0640 "$1"',
        users,
        folder,
        ...before
      )
    }
    expect(await off()).toEqual({})
  })

  test('a run was cut off before PgBouncer was told: the next one tells it', async () => {
    await cutOff(tenant, tenant.resource('pgbouncer.entry').changes({} as never)[0]!)
    await mends(off1(['loaded by PgBouncer', 'all files as they are', 'older ones']))
  })

  test('both files are gone: they are made, readable by PgBouncer and by nobody else, and each tenant gets its own back', async () => {
    const before = { databases: await read(databases), users: await read(users) }
    await sh('rm "$1" "$2"', databases, users)
    try {
      await mends({
        ...off1([databases, 'a file', 'missing'], [users, 'a file', 'missing']),
        'pgbouncer.entry': missing(name, 'an entry and a credential')
      })
      for (const file of [databases, users]) expect(await about(file)).toBe('regular file postgres postgres 640')
    } finally {
      await write(databases, before.databases)
      await write(users, before.users)
      await sh('kill -HUP "$(cat "$1")"', pid)
    }
  })

  test('no configuration at all is for a person', async () => {
    await sh('mv "$1" "$1.aside"', config)
    try {
      await stays(
        { 'host.pgbouncer': missing(config, 'a file') },
        { 'host.pgbouncer': 'name other files under pgbouncer' }
      )
      await sh('[ ! -e "$1" ]', config)
    } finally {
      await sh('mv "$1.aside" "$1"', config)
    }
  })
})
