import { TenantError } from '../errors.ts'
import type { Administrator } from '../facts/requests.ts'
import type { Program } from '../shell/command.ts'
import type { Host } from '../tenant/host.ts'
import type { Desire } from './desired-state.ts'

/** How to be the administrator of the host's PostgreSQL: an account that its socket lets in, or a role with a password. */
export function administratorOf({ host, secrets }: Pick<Desire, 'host' | 'secrets'>): Administrator {
  const { administrator } = host.postgres
  const password = typeof administrator === 'string' ? null : (secrets[administrator.password] ?? '')
  return { ...administratorPlace(host), password }
}

/** The same without what it takes to be let in. */
export function administratorPlace({ postgres }: Pick<Host, 'postgres'>): Omit<Administrator, 'password'> {
  const { address, port, socket, administrator } = postgres
  return typeof administrator === 'string'
    ? { host: socket, port, account: administrator, role: administrator }
    : { host: address, port, account: null, role: administrator.role }
}

/** SQL that the administrator runs, as `execute` and a change take it. */
export interface AdminSql {
  /** Never the tenant: the environment of a process is open to its account, and the password stands in it. */
  as: string
  command: Program
  input: string
}

/**
 * What a tenant sets for all sessions in its own database does not bind the administrator's, and no name in our SQL
 * is looked for where a tenant can make something: before PostgreSQL 15, everybody may in the schema `public` of every
 * database, `postgres` too.
 */
const options = '-c role=none -c default_transaction_read_only=off -c statement_timeout=0 -c search_path=pg_catalog'

/**
 * The first statement that fails ends it with exit code 3; rows are printed bare, columns divided by `|`.
 * The SQL goes in over standard input, where no process list shows it.
 */
export function adminSql(administrator: Administrator, database: string, sql: string): AdminSql {
  const { host, port, account, role, password } = administrator
  const flags = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1']
  return {
    as: account ?? 'root',
    command: {
      words: ['psql', ...flags, '-h', host, '-p', String(port), '-U', role, '-d', database],
      env: {
        PGCONNECT_TIMEOUT: '10',
        PGCLIENTENCODING: 'UTF8',
        PGOPTIONS: options,
        ...(password === null ? {} : { PGPASSWORD: password })
      }
    },
    input: sql
  }
}

/** A name in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * A text in SQL: a name of ours, or what else holds nothing that SQL would read.
 * @throws TenantError for a text that would end early
 */
export function literal(text: string): string {
  if (/['\\\0]/.test(text)) throw new TenantError('internal', 'a text with quotes was to be put into SQL')
  return `'${text}'`
}
