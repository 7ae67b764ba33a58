import { appendFileSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { TenantError } from '../../src/errors.ts'
import { accountId } from './accounts.ts'
import { run } from './command.ts'
import { pgbouncer, postgres } from './host-file.ts'
import type { Plan } from './plan.ts'
import type { Traces } from './traces.ts'

const folder = '/var/lib/postgresql/tenant-sandbox'
const pgbouncerFolder = '/etc/pgbouncer'
const pgbouncerLog = '/var/log/postgresql/pgbouncer.log'
const locale = { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }

// Nothing in here outlives the host, so nothing has to reach the disk.
const server = (port: number) => `listen_addresses = '127.0.0.1'
port = ${port}
unix_socket_directories = '${postgres.socket}'
shared_buffers = 32MB
max_connections = 400
fsync = off
synchronous_commit = off
full_page_writes = off
`

// What Debian's package brings, but for most of its comments, the address and the port.
const pooler = (port: number) => `;;;
;;; PgBouncer configuration file
;;;

;; database name = connect string

[databases]

;; foodb over Unix socket
;foodb =

;; User-specific configuration

[users]

;user1 = pool_mode=transaction max_user_connections=10

;; Configuration section

[pgbouncer]

logfile = ${pgbouncerLog}
pidfile = ${pgbouncer.pid}

;; IP address or * which means all IPs
listen_addr = 127.0.0.1
listen_port = ${port}

unix_socket_dir = ${postgres.socket}
;unix_socket_mode = 0777

;; any, trust, plain, md5, cert, hba, pam
auth_type = md5
auth_file = ${pgbouncer.users}

;; When server connection is released back to pool:
;;   session      - after client disconnects (default)
;pool_mode = session

;; Read additional config from other file
;%include /etc/pgbouncer/pgbouncer-other.ini
`

interface Account {
  uid: number
  gid: number
}

async function startPooler(port: number, account: Account, traces: Traces): Promise<void> {
  if (existsSync(pgbouncer.pid)) {
    throw new TenantError('usage', 'PgBouncer runs on this machine already, and the sandbox runs in place', {
      remedy: 'stop it, or run where mount namespaces are allowed'
    })
  }
  for (const path of [pgbouncerFolder, pgbouncerLog, `${postgres.socket}/.s.PGSQL.${port}`]) traces.path(path)
  // In a file system of its own, this is the host's view of what the machine has.
  rmSync(pgbouncerFolder, { recursive: true, force: true })
  mkdirSync(pgbouncerFolder, { mode: 0o755 })
  for (const [file, content] of [
    [pgbouncer.config, pooler(port)],
    [pgbouncer.users, '']
  ] as const) {
    writeFileSync(file, content, { mode: 0o640 })
    chownSync(file, account.uid, account.gid)
  }
  traces.service(pgbouncer.pid)
  await run(['/usr/sbin/pgbouncer', '--daemon', '--quiet', pgbouncer.config], { account, env: locale })
}

/** Starts PostgreSQL and PgBouncer as they are when their packages are new: no role, no database, no entry. */
export async function startDatabases({ loan, ports }: Plan, traces: Traces): Promise<void> {
  // Both refuse to run as root.
  const account = { uid: await accountId('postgres'), gid: await accountId('postgres', '-g') }
  const asPostgres = { account, env: locale }
  traces.path(folder)
  traces.folder('/run/postgresql')
  for (const path of [folder, '/run/postgresql']) {
    mkdirSync(path, { recursive: true })
    chownSync(path, account.uid, account.gid)
  }
  const data = `${folder}/data`
  const authentication = ['--auth-local=peer', '--auth-host=scram-sha-256']
  await run([`${loan.postgresBin}/initdb`, '--pgdata', data, '--no-sync', ...authentication], asPostgres)
  appendFileSync(`${data}/postgresql.conf`, server(ports.postgres))
  traces.service(`${data}/postmaster.pid`)
  const start = ['start', '-w', '-s', '-D', data, '-l', `${folder}/postgres.log`]
  await run([`${loan.postgresBin}/pg_ctl`, ...start], asPostgres)
  await startPooler(ports.pgbouncer, account, traces)
}
