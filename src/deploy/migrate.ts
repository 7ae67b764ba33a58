import type { Duplex } from 'node:stream'
import pg from 'pg'
import { TenantError } from '../errors.ts'
import type { Remote } from '../remote/remote.ts'
import type { DatabaseAddress, Migration } from '../resources/migrations.ts'

const CONNECT_MS = 10_000
/** A migration that waits for a lock makes everybody behind it wait; it gives up before visitors notice. */
const LOCK_TIMEOUT = '15s'
/** SQLSTATE of a statement that waited for longer than lock_timeout. */
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Runs the migrations over Postgres' direct port as the tenant's role, each in a transaction that also records
 * it with its checksum. The first that fails ends it, and what it did is rolled back.
 */
export async function runMigrations(
  remote: Remote,
  address: DatabaseAddress,
  pending: readonly Migration[],
  limits: { limitMs: number; signal: AbortSignal },
  onDone: (name: string) => void
): Promise<void> {
  const stream = await remote.dial(address.host, address.port)
  const client = new pg.Client({
    user: address.user,
    password: address.password,
    database: address.database,
    host: address.host,
    port: address.port,
    connectionTimeoutMillis: CONNECT_MS,
    // A little more than the server's own limit, for a server that says nothing any more.
    query_timeout: limits.limitMs + CONNECT_MS,
    stream: () => asSocket(stream)
  })
  // The server rolls back what was under way when its client is gone.
  const interrupt = () => stream.destroy(limits.signal.reason as Error)
  limits.signal.addEventListener('abort', interrupt, { once: true })
  // A connection that is lost is told by the query that was under way.
  client.on('error', () => undefined)
  const where = `${address.database} on ${address.host}:${address.port}`
  try {
    await client.connect().catch((thrown: Error) => {
      throw new TenantError('migration', `could not connect to the database: ${thrown.message}`, {
        where,
        remedy: 'look whether the role and its password are right and Postgres listens on the direct port',
        cause: thrown
      })
    })
    await client.query(
      'create table if not exists public.tenant_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())'
    )
    for (const { name, sql, sha256 } of pending) {
      // What a file has set for its session does not reach the next one.
      await client.query('discard all')
      await client.query(
        `begin; set local lock_timeout = '${LOCK_TIMEOUT}'; set local statement_timeout = ${limits.limitMs}`
      )
      try {
        await client.query(sql)
        await client.query('insert into public.tenant_migrations (name, sha256) values ($1, $2)', [name, sha256])
        await client.query('commit')
      } catch (thrown) {
        limits.signal.throwIfAborted()
        await client.query('rollback').catch(() => undefined)
        throw failed(name, sql, thrown as pg.DatabaseError, where)
      }
      onDone(name)
    }
  } finally {
    limits.signal.removeEventListener('abort', interrupt)
    await client.end().catch(() => undefined)
  }
}

function failed(name: string, sql: string, error: pg.DatabaseError, where: string): TenantError {
  const line = error.position === undefined ? undefined : lineAt(sql, Number(error.position))
  const log = [error.message, error.detail, error.hint, error.where].filter((part) => part !== undefined && part !== '')
  return new TenantError(
    'migration',
    `${name} failed${line === undefined ? '' : ` at line ${line}`}: ${error.message}`,
    {
      where,
      remedy: `${error.code === LOCK_NOT_AVAILABLE ? 'end the session that holds the lock, or run again when it is over' : 'correct the file'}; its transaction was rolled back, and the old release still serves`,
      log: line === undefined ? log.join('\n') : `${log.join('\n')}\nline ${line}: ${sql.split('\n')[line - 1]}`,
      cause: error
    }
  )
}

/** PostgreSQL counts characters, from 1, where JavaScript counts UTF-16 units. */
function lineAt(sql: string, position: number): number {
  return (
    Array.from(sql)
      .slice(0, position - 1)
      .filter((character) => character === '\n').length + 1
  )
}

/** A tunnel is open from the start; pg wants to open it itself, as it would a socket. */
export function asSocket(stream: Duplex): never {
  const socket = Object.assign(stream, {
    setNoDelay: () => socket,
    setKeepAlive: () => socket,
    ref: () => socket,
    unref: () => socket,
    connect: () => {
      process.nextTick(() => stream.emit('connect'))
      return socket
    }
  })
  return socket as never
}
