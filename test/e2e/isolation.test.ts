import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { onHost } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'
import { useTinyApp } from '../world/tiny-app.ts'

/**
 * One tenant, with its account, its password and everything else that it was given, tries whatever should be impossible
 * against its neighbour on the same host. Each attempt names who refuses it, and in which words.
 */
const world = await cloned()
const victim = onHost(world, 'yourbrand')
const secrets = JSON.parse(readFileSync(world.host.secrets_file, 'utf8')) as Record<string, string>
const own = secrets['OTHERBRAND_DATABASE_PASSWORD']!
const ATTACKER = 'tenant-otherbrand'

const KERNEL = /Permission denied|EACCES|Operation not permitted/
const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'yourbrand'`
let pid = ''

beforeAll(async () => {
  for (const tenant of ['yourbrand', 'otherbrand']) {
    useTinyApp(world.repository, tenant)
    const { code, stdout, stderr } = await world.tenant(['deploy', tenant, 'all'])
    expect(code, stdout + stderr).toBe(0)
  }
  const [process] = (await victim.live()).processes
  pid = String(process!.pid)
  await world.tenant(['backup', 'yourbrand'])
})

const attempt = (argv: string[], input?: string) =>
  world.exec(argv, { as: ATTACKER, ...(input === undefined ? {} : { input }) })

async function refused(by: RegExp, argv: string[], input?: string): Promise<void> {
  const { code, stdout, stderr } = await attempt(argv, input)
  expect({ code, said: stdout + stderr }).toMatchObject({ said: expect.stringMatching(by) as string })
  expect(code).not.toBe(0)
}

/** psql on the host, as the attacker's account, with the password handed over outside of the command line. */
function psql(to: { database: string; port: number; role?: string; password?: string; socket?: boolean }): string[] {
  const { database, port, role = 'otherbrand', password = own, socket = false } = to
  const where = socket ? '/run/postgresql' : '127.0.0.1'
  const words = ['psql', '-X', '-v', 'ON_ERROR_STOP=1', '-h', where, '-p', String(port), '-U', role, '-w', database]
  return ['env', `PGPASSWORD=${password}`, ...words]
}

const direct = world.host.postgres.port
const pooled = world.host.pgbouncer.port

test('the attacker can do what is its own: the attempts below fail for want of rights, not of means', async () => {
  const live = '/srv/tenants/otherbrand/app/current'
  expect((await attempt(['cat', `${live}/.env.local`])).stdout).toContain(`DATABASE_URL=`)
  for (const port of [direct, pooled]) {
    const asked = await attempt(psql({ database: 'otherbrand', port }), 'select count(*) from bookings;')
    expect(asked.stderr).toBe('')
    expect(asked.code).toBe(0)
  }
  expect((await attempt(['sh', '-c', 'sleep 5 & kill $!'])).code).toBe(0)
})

describe('the kernel refuses', () => {
  const root = '/srv/tenants/yourbrand'
  test.each([
    ['to read its env file', ['cat', `${root}/app/current/.env.local`]],
    ['to list its releases', ['ls', `${root}/app/releases`]],
    ['to read a shipped file of it', ['cat', `${root}/app/current/package.json`]],
    ['to read its marketing site from the disk', ['cat', `${root}/marketing/current/index.html`]],
    ["to read its app's log", ['ls', `${root}/app/shared/log`]],
    ['to list its backups', ['ls', `${root}/backups`]],
    ['to read what was shipped to it', ['cat', `${root}/log`]],
    ['to hold its lock', ['flock', '-n', `${root}/lock`, 'true']],
    ['to write into its folder', ['touch', `${root}/here`]],
    ['to read the environment that PM2 saved', ['cat', `${root}/pm2/dump.pm2`]],
    ["to read its certificate's key", ['cat', '/etc/tenant-deploy/certificates/yourbrand/privkey.pem']],
    ['to write its nginx site', ['sh', '-c', 'echo >>/etc/nginx/tenants.d/yourbrand-app.conf']],
    ["to read PgBouncer's credentials", ['cat', world.host.pgbouncer.users]],
    ["to write PgBouncer's entries", ['sh', '-c', `echo >>${world.host.pgbouncer.databases}`]],
    ['to read the sudo rules', ['cat', '/etc/sudoers.d/tenant-deploy']],
    ["to read nginx' log of it", ['cat', '/var/log/nginx/yourbrand-app.access.log']]
  ])('%s', async (_, argv) => {
    await refused(KERNEL, argv)
  })

  test.each(['rpc.sock', 'pub.sock'])("to connect to its PM2 daemon's %s", async (socket) => {
    const connect = `require('net').connect('${root}/pm2/${socket}').on('error', (e) => { console.error(e.code); process.exit(1) })`
    await refused(KERNEL, ['node', '-e', connect])
  })

  test.each(['TERM', 'KILL', 'STOP', '0'])('to send its process the signal %s', async (signal) => {
    await refused(KERNEL, ['sh', '-c', 'kill -s "$1" "$2"', 'sh', signal, pid])
    expect((await world.exec(['kill', '-0', pid])).code).toBe(0)
  })

  test.each(['environ', 'mem', 'maps', 'fd', 'cwd'])("to look into its process's %s", async (name) => {
    const look = 'if [ -d "$1" ]; then ls "$1/"; else cat "$1"; fi; readlink "$1" && exit 0; cat "$1"'
    await refused(KERNEL, ['sh', '-c', look, 'sh', `/proc/${pid}/${name}`])
  })
})

describe('sudo refuses to become', () => {
  test.each(['tenant-yourbrand', 'root', 'postgres', 'deploy'])('%s', async (account) => {
    await refused(/sudo: a password is required|not allowed|may not run sudo/, ['sudo', '-n', '-u', account, 'id'])
  })
})

describe('PostgreSQL refuses', () => {
  test.each([
    ['directly', direct],
    ['through PgBouncer', pooled]
  ])('its own role in the other database, %s', async (_, port) => {
    await refused(
      /FATAL: {2}permission denied for database "yourbrand"/,
      psql({ database: 'yourbrand', port }),
      'select 1;'
    )
  })

  test.each([
    ['directly', direct],
    ['through PgBouncer', pooled]
  ])("the other's role with its own password, %s", async (_, port) => {
    const to = { database: 'yourbrand', port, role: 'yourbrand' }
    await refused(/FATAL: {2}(password|SASL) authentication failed/, psql(to), 'select 1;')
  })

  test.each(['yourbrand', 'otherbrand', 'postgres'])('its account on the socket, as %s', async (role) => {
    await refused(
      /FATAL: {2}Peer authentication failed/,
      psql({ database: role, port: direct, role, socket: true }),
      ''
    )
  })

  test.each([
    ['to become the other role', 'SET ROLE yourbrand', /permission denied to set role/],
    ['to become the administrator', 'SET ROLE postgres', /permission denied to set role/],
    ['to begin as another', 'SET SESSION AUTHORIZATION yourbrand', /permission denied to set session authorization/],
    ['to be given the other role', 'GRANT yourbrand TO otherbrand', /must have admin option on role "yourbrand"/],
    ['to make a role', 'CREATE ROLE mallory', /permission denied to create role/],
    ['to make a database', 'CREATE DATABASE mallory', /permission denied to create database/],
    ['to become a superuser', 'ALTER ROLE otherbrand SUPERUSER', /must be superuser/],
    ["to change the other's password", `ALTER ROLE yourbrand PASSWORD 'x'`, /permission denied/],
    ['to rename the other database', 'ALTER DATABASE yourbrand RENAME TO mine', /must be owner of database yourbrand/],
    ['to open the other database', 'GRANT CONNECT ON DATABASE yourbrand TO PUBLIC', /permission denied for database/],
    [
      "to run a program as the server's account",
      `COPY (SELECT 1) TO PROGRAM 'id'`,
      /(permission denied|must be superuser or have privileges .*) to COPY to or from an external program/
    ],
    ['to read a file of the server', `SELECT pg_read_file('/etc/passwd')`, /permission denied for function/],
    ['to read the passwords', 'SELECT rolpassword FROM pg_authid', /permission denied for table pg_authid/],
    ['to reach files by an extension', 'CREATE EXTENSION file_fdw', /permission denied|not available/],
    ['to reach databases by an extension', 'CREATE EXTENSION dblink', /permission denied|not available/],
    ['to end sessions of the other', TERMINATE, /must be a member of the role/]
  ])('%s', async (_, sql, by) => {
    await refused(by, psql({ database: 'otherbrand', port: direct }), `${sql};\n`)
  })

  test('every role but its own, and so every table but its own', async () => {
    // pg_database_owner is, in each database, whoever owns that one: in its own, itself.
    const query = `SELECT rolname FROM pg_roles WHERE pg_has_role(rolname, 'MEMBER')
      AND rolname <> 'pg_database_owner' ORDER BY 1;`
    const { stdout } = await attempt([...psql({ database: 'otherbrand', port: direct }), '-qAt'], query)
    expect(stdout.trim().split('\n')).toEqual(['otherbrand'])
    const databases = `SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')
      AND has_database_privilege(datname, 'CONNECT') ORDER BY 1;`
    const open = await attempt([...psql({ database: 'otherbrand', port: direct }), '-qAt'], databases)
    expect(open.stdout.trim().split('\n')).toEqual(['otherbrand'])
  })
})

test("PgBouncer refuses its administrator's console", async () => {
  await refused(/not allowed|admin/, psql({ database: 'pgbouncer', port: pooled }), 'SHOW POOLS;')
})

describe('the manifests are refused, before anything is connected to, that take', () => {
  const file = 'tenants/otherbrand/tenant.yml'
  const manifest = world.repository.read(file)
  const theirs = world.repository.read('tenants/yourbrand/tenant.yml')
  const ports = /ports: \[.*\]/

  test.each([
    ["the other's domain", (text: string) => text.replace(/domain: booking\..*/, 'domain: booking.yourbrand.test')],
    ["one of the other's redirects", (text: string) => text.replace(/domain: www\..*/, 'domain: yourbrand.test')],
    ["the other's ports", (text: string) => text.replace(ports, ports.exec(theirs)![0])],
    ["the other's database", (text: string) => text.replace(/ {2}name: otherbrand/, '  name: yourbrand')],
    ["the other's role", (text: string) => text.replace(/ {2}role: otherbrand/, '  role: yourbrand')],
    ["the other's password", (text: string) => text.replace('OTHERBRAND_DATABASE', 'YOURBRAND_DATABASE')]
  ])('%s', async (_, change) => {
    const before = await victim.live()
    world.repository.write(file, change(manifest))
    for (const words of [['check'], ['provision', 'otherbrand'], ['deploy', 'otherbrand', 'all']]) {
      const { code, stdout, stderr } = await world.tenant(words)
      // A terminal's lines are broken at its width.
      const said = (stdout + stderr).replaceAll(/\s+/g, ' ')
      expect(said).toMatch(/ taken as well by tenants\/yourbrand\/tenant\.yml:\d+:\d+/)
      expect(code).toBe(64)
    }
    expect(await victim.live()).toEqual(before)
  })
})
