import { expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const name = 'otherbrand'
const tenant = estate(world, name)
const { sh, write, read, about, sql, mends, off } = tenant
const { databases, users, port } = world.host.pgbouncer
const entry = `host=127.0.0.1 port=${world.host.postgres.port} dbname=${name} pool_mode=transaction`

/** The lines of a file, but for those of this tenant. */
const ofOthers = (text: string) =>
  text.split('\n').filter((line) => !line.startsWith(`${name} =`) && !line.startsWith(`"${name}" `))

const edited = (row: Row) => ({ 'pgbouncer.entry': drifted(row) })
const credential = (actual: string) => edited([`credential of ${name}`, "PostgreSQL's own", actual])

test('absent: both are written, and nothing else', async () => {
  const before = { databases: await read(databases), users: await read(users) }
  await write(databases, ofOthers(before.databases).join('\n'))
  await write(users, ofOthers(before.users).join('\n'))
  await mends({ 'pgbouncer.entry': missing(name, 'an entry and a credential') })
  expect(await read(databases)).toContain(`\n${name} = ${entry}\n`)
  expect(ofOthers(await read(databases))).toEqual(ofOthers(before.databases))
  expect(ofOthers(await read(users))).toEqual(ofOthers(before.users))
})

test.each([
  ['another server', entry.replace('127.0.0.1', '127.0.0.2')],
  ['another database', entry.replace('dbname=otherbrand', 'dbname=yourbrand')],
  ['a pool of sessions', entry.replace('transaction', 'session')],
  ['a user and a password', `${entry} user=postgres password=hunter22`]
])('an entry with %s', async (_, text) => {
  await sh('sed -i "s|^$1 = .*|$1 = $2|" "$3"', name, text, databases)
  await mends(edited([name, entry, text.replace('hunter22', '***')]))
})

test('no entry, and the credential is there', async () => {
  await sh('sed -i "/^$1 = /d" "$2"', name, databases)
  await mends(edited([name, entry, 'no entry']))
})

test('two entries, of which the last one counts', async () => {
  await sh('echo "\\"$1\\"=dbname=postgres" >>"$2"', name, databases)
  await mends(edited([name, entry, 'dbname=postgres']))
  expect(await read(databases)).not.toContain('dbname=postgres')
})

test.each([
  ['none', null, 'none'],
  ['a plain one', '"hunter22"', 'not SCRAM-SHA-256'],
  ['an MD5 one', '"md55f4dcc3b5aa765d61d8327deb882cf99"', 'not SCRAM-SHA-256'],
  ["the neighbour's", 'yourbrand', 'another']
])('a credential: %s', async (_, secret, actual) => {
  const text = await read(users)
  const own = secret === 'yourbrand' ? /^"yourbrand" (.*)$/m.exec(text)![1]! : secret
  await write(users, [...ofOthers(text), ...(own === null ? [] : [`"${name}" ${own}`]), ''].join('\n'))
  await mends(credential(actual))
  expect(ofOthers(await read(users)).filter((line) => line !== '')).toEqual(
    ofOthers(text).filter((line) => line !== '')
  )
})

test('a credential of a role that starts alike is another', async () => {
  const line = '"otherbrand2" "md55f4dcc3b5aa765d61d8327deb882cf99"'
  await sh('echo "$1" >>"$2"', line, users)
  expect(await off()).toEqual({})
  await sh('sed -i "/^\\"otherbrand\\" /d" "$1"', users)
  await mends(credential('none'))
  expect(await read(users)).toContain(`${line}\n`)
  await sh('sed -i "/^\\"otherbrand2\\"/d" "$1"', users)
})

test('lines of others, comments and other sections stay byte for byte', async () => {
  const before = { databases: await read(databases), users: await read(users) }
  const others =
    `;; who writes here: see the wiki\n;${name} = host=old\n# ${name} was moved\n\tspaced\t=  dbname=spaced   \n` +
    `"${name}_archive" = dbname=archive\n${name}2=dbname=two\n\n\n"quo""ted" = dbname='a b'\r\n`
  const sections = `\n[users]\n${name} = pool_mode=session\n;; the end\n`
  try {
    await write(
      databases,
      `; first\n\n[databases]\n${others}${ofOthers(before.databases).slice(1).join('\n')}${sections}`
    )
    const lines = `; a comment\n"other""brand" "md5x"\n "spaced"   "x" extra\n`
    await write(users, lines + before.users)
    await mends(edited([name, entry, 'no entry']))
    const after = await read(databases)
    expect(after).toContain(`[databases]\n${others}`)
    expect(after.endsWith(sections)).toBe(true)
    expect(after.split(`${name} = ${entry}\n`).join('')).toBe(
      `; first\n\n[databases]\n${others}${ofOthers(before.databases).slice(1).join('\n')}${sections}`
    )
    expect((await read(users)).startsWith(lines)).toBe(true)
    expect(ofOthers((await read(users)).slice(lines.length))).toEqual(ofOthers(before.users))
  } finally {
    await write(databases, before.databases)
    await write(users, before.users)
  }
})

test('mode and owner of the files stay, and a link stays a link', async () => {
  await sh(
    'chown root:postgres "$1"; chmod 0644 "$1"; mv "$2" "$2.kept"; ln -s "$2.kept" "$2"; chmod 0660 "$2.kept"',
    databases,
    users
  )
  try {
    await sh('sed -i "/^$1 = /d" "$2"; sed -i "/^\\"$1\\" /d" "$3.kept"', name, databases, users)
    await mends({ 'pgbouncer.entry': missing(name, 'an entry and a credential') })
    expect(await about(databases)).toBe('regular file root postgres 644')
    expect(await about(`${users}.kept`)).toBe('regular file postgres postgres 660')
    expect(await sh('readlink -- "$1"', users)).toBe(`${users}.kept\n`)
    expect(await sh('ls -A /etc/pgbouncer')).not.toContain('.new')
  } finally {
    await sh(
      'rm "$2"; mv "$2.kept" "$2"; chmod 0640 "$2"; chown postgres:postgres "$1"; chmod 0640 "$1"',
      databases,
      users
    )
  }
})

test('a change drops no open session of another tenant, nor of its own', async () => {
  const session = async (each: string) => {
    const password = tenant.shipment.secrets[`${each.toUpperCase()}_DATABASE_PASSWORD`]!
    const script = 'export PGPASSWORD="$1"; exec psql -qXAt -h 127.0.0.1 -p "$2" -U "$3" "$3" 2>&1'
    const open = await tenant.remote.open({ script, args: [password, String(port), each] }, { step: 'stay' })
    const lines = open.lines[Symbol.asyncIterator]()
    return {
      ...open,
      async ask() {
        open.write('select pg_backend_pid(), txid_current();\n')
        return (await lines.next()).value
      }
    }
  }
  const sessions = await Promise.all(['yourbrand', name].map(session))
  const ask = () => Promise.all(sessions.map((each) => each.ask()))
  try {
    for (const each of sessions) each.write('begin;\n')
    const before = await ask()
    expect(before).toEqual(before.map(() => expect.stringMatching(/^\d+\|\d+$/)))
    await sh('sed -i "/^$1 = /d" "$2"', name, databases)
    await mends(edited([name, entry, 'no entry']))
    expect(await ask()).toEqual(before)
  } finally {
    for (const each of sessions) await each.end()
  }
})

test('a role without such a password: nothing is written, and it says so', async () => {
  const before = { databases: await read(databases), users: await read(users) }
  const kept = (await sql(`select rolpassword from pg_authid where rolname = '${name}'`))[0]!
  // Between what was seen and the change, somebody takes the password away.
  await sh('sed -i "/^$1 = /d" "$2"', name, databases)
  const [change] = tenant.resource('pgbouncer.entry').changes({} as never)
  await sql(`alter role ${name} password null`)
  const { as, command, input, what } = change!
  const done = await tenant.remote.execute(command, {
    as,
    step: what,
    deadlineMs: 60_000,
    ...(input === undefined ? {} : { input })
  })
  expect(done).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(`the role ${name} has no password that is kept as SCRAM-SHA-256`) as string
  })
  expect(await read(users)).toBe(before.users)
  await sql(`alter role ${name} password '${kept}'`)
  await mends(edited([name, entry, 'no entry']))
})
