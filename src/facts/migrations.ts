import pg from 'pg'
import type { AppliedMigration, MigrationsFact, MigrationsRequest } from './facts.ts'
import { causeOf } from './cause.ts'
import { limit } from './limit.ts'

const timeoutMs = 5_000
// Many tenants share one server, and its connections are the tenants' first.
const inTurn = limit(4)

const appliedMigrations = `
  select name, sha256, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
  from public.tenant_migrations order by applied_at, name`

export async function lookAtMigrations(request: MigrationsRequest): Promise<MigrationsFact> {
  try {
    return { applied: await inTurn(() => query(request)) }
  } catch (error) {
    const cause = causeOf(error)
    throw new Error(request.password ? cause.replaceAll(request.password, '***') : cause, { cause: error })
  }
}

async function query({ host, port, database, user, password }: MigrationsRequest): Promise<AppliedMigration[]> {
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    ssl: false,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    options: `-c default_transaction_read_only=on -c statement_timeout=${timeoutMs}`
  })
  // A connection that breaks fails the query that waits for it; without a listener it would end the process as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const table = await client.query<{ there: boolean }>(
      "select to_regclass('public.tenant_migrations') is not null as there"
    )
    return table.rows[0]?.there ? (await client.query<AppliedMigration>(appliedMigrations)).rows : []
  } finally {
    await client.end()
  }
}
