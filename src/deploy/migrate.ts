import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import { TenantError } from '../errors.ts'
import type { Remote } from '../remote/remote.ts'
import { migration, type DatabaseAddress, type Migration } from '../resources/migrations.ts'
import { transactionStatement } from './sql.ts'

const CONNECT_MS = 10_000
/** A migration that waits for a lock makes everybody behind it wait; it gives up before visitors notice. */
const LOCK_TIMEOUT = '15s'
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\.sql$/

/** Reads the app's hand-written migrations, in the order of their names. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = await readdir(folder).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  const migrations: Migration[] = []
  for (const name of names.filter((name) => name.endsWith('.sql')).sort()) {
    if (!NAME.test(name))
      throw new TenantError('migration', `not a name for a migration: ${JSON.stringify(name)}`, {
        where: folder,
        remedy: 'use letters, digits, dots, dashes and underscores, as in 0003_add_guests.sql'
      })
    const made = migration(name, await readFile(join(folder, name), 'utf8'))
    const control = transactionStatement(made.sql)
    if (control !== null)
      throw new TenantError('migration', `${name} controls its own transaction: ${control}`, {
        where: join(folder, name),
        remedy: 'take the statement out: each file runs in one transaction of its own'
      })
    migrations.push(made)
  }
  return migrations
}

/**
 * Runs the migrations over Postgres' direct port as the tenant's role, each in a transaction that also records
 * it with its checksum. The first that fails ends it, and what it did is rolled back.
 */
export async function runMigrations(
  remote: Remote,
  address: DatabaseAddress,
  pending: readonly Migration[],
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
    stream: () => asSocket(stream)
  })
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
      'create table if not exists tenant_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())'
    )
    for (const { name, sql, sha256 } of pending) {
      await client.query(`begin; set local lock_timeout = '${LOCK_TIMEOUT}'`)
      try {
        await client.query(sql)
        await client.query('insert into tenant_migrations (name, sha256) values ($1, $2)', [name, sha256])
        await client.query('commit')
      } catch (thrown) {
        await client.query('rollback').catch(() => undefined)
        throw failed(name, sql, thrown as pg.DatabaseError, where)
      }
      onDone(name)
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

function failed(name: string, sql: string, error: pg.DatabaseError, where: string): TenantError {
  const line = error.position === undefined ? undefined : sql.slice(0, Number(error.position) - 1).split('\n').length
  const log = [error.message, error.detail, error.hint, error.where].filter((part) => part !== undefined && part !== '')
  return new TenantError(
    'migration',
    `${name} failed${line === undefined ? '' : ` at line ${line}`}: ${error.message}`,
    {
      where,
      remedy: 'correct the file; its transaction was rolled back, and the old release still serves',
      log: line === undefined ? log.join('\n') : `${log.join('\n')}\nline ${line}: ${sql.split('\n')[line - 1]}`,
      cause: error
    }
  )
}

/** A tunnel is open from the start; pg wants to open it itself, as it would a socket. */
function asSocket(stream: Duplex): never {
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
