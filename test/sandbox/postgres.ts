import { appendFileSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { accountId } from './accounts.ts'
import { run } from './command.ts'
import type { Plan } from './plan.ts'
import type { Traces } from './traces.ts'

const folder = '/var/lib/postgresql/tenant-sandbox'
const locale = { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }

// Nothing in here outlives the host, so nothing has to reach the disk.
const server = (port: number) => `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '/run/postgresql'
password_encryption = 'scram-sha-256'
shared_buffers = 32MB
fsync = off
synchronous_commit = off
full_page_writes = off
`

const rights = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'

function passwordOf(plan: Plan, secret: string): string {
  const password = plan.secrets[secret] ?? ''
  if (!/^[0-9a-f]+$/.test(password)) throw new Error(`the sandbox made no password for ${secret}`)
  return password
}

function statements(plan: Plan): string {
  const lines = plan.tenants.flatMap(({ role, database, passwordSecret }) => [
    `CREATE ROLE "${role}" ${rights} PASSWORD '${passwordOf(plan, passwordSecret)}';`,
    `CREATE DATABASE "${database}" OWNER "${role}" TEMPLATE template0 ENCODING 'UTF8';`,
    `REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;`
  ])
  return lines.join('\n')
}

async function startPooler(plan: Plan, account: { uid: number; gid: number }, traces: Traces): Promise<void> {
  const version = /(\d+)\.(\d+)/.exec(await run(['/usr/sbin/pgbouncer', '--version'])) ?? []
  const preparesStatements = Number(version[1]) > 1 || Number(version[2]) >= 21
  const target = `host=127.0.0.1 port=${plan.ports.postgres}`
  const databases = plan.tenants.map(({ database }) => `${database} = ${target} dbname=${database}`)
  const users = plan.tenants.map(({ role, passwordSecret }) => `"${role}" "${passwordOf(plan, passwordSecret)}"`)
  const configuration = `[databases]
${databases.join('\n')}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${plan.ports.pgbouncer}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${folder}/pgbouncer-users
pool_mode = transaction
max_client_conn = 200
default_pool_size = 10
ignore_startup_parameters = extra_float_digits
${preparesStatements ? 'max_prepared_statements = 200' : ''}
logfile = ${folder}/pgbouncer.log
pidfile = ${folder}/pgbouncer.pid
`
  for (const [name, content] of Object.entries({
    'pgbouncer.ini': configuration,
    'pgbouncer-users': users.join('\n')
  })) {
    writeFileSync(`${folder}/${name}`, `${content}\n`, { mode: 0o600 })
    chownSync(`${folder}/${name}`, account.uid, account.gid)
  }
  traces.service(`${folder}/pgbouncer.pid`)
  await run(['/usr/sbin/pgbouncer', '--daemon', '--quiet', `${folder}/pgbouncer.ini`], { account, env: locale })
}

/** Starts PostgreSQL with a role and a database for each tenant, and PgBouncer before it. */
export async function startDatabases(plan: Plan, traces: Traces): Promise<void> {
  // Both refuse to run as root.
  const account = { uid: await accountId('postgres'), gid: await accountId('postgres', '-g') }
  const asPostgres = { account, env: locale }
  const { postgresBin } = plan.loan
  traces.path(folder)
  traces.folder('/run/postgresql')
  for (const path of [folder, '/run/postgresql']) {
    mkdirSync(path, { recursive: true })
    chownSync(path, account.uid, account.gid)
  }
  const data = `${folder}/data`
  const authentication = ['--auth-local=peer', '--auth-host=scram-sha-256']
  await run([`${postgresBin}/initdb`, '--pgdata', data, '--no-sync', ...authentication], asPostgres)
  appendFileSync(`${data}/postgresql.conf`, server(plan.ports.postgres))
  traces.service(`${data}/postmaster.pid`)
  await run([`${postgresBin}/pg_ctl`, 'start', '-w', '-s', '-D', data, '-l', `${folder}/postgres.log`], asPostgres)
  const psql = ['/usr/bin/psql', '-q', '-X', '-v', 'ON_ERROR_STOP=1', '-h', '/run/postgresql']
  // Over standard input: a command line is open to every account of the machine.
  await run([...psql, '-p', String(plan.ports.postgres), 'postgres'], { ...asPostgres, input: statements(plan) })
  await startPooler(plan, account, traces)
}
