import type { AppliedMigration, MigrationsFact } from './facts.ts'
import type { MigrationsRequest } from './requests.ts'
import { withClient } from './client.ts'

const readOnly = '-c default_transaction_read_only=on -c statement_timeout=5000'

const appliedMigrations = `
  select name, sha256, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
  from public.tenant_migrations order by applied_at, name`

export async function lookAtMigrations(request: MigrationsRequest): Promise<MigrationsFact> {
  return withClient(
    request,
    async (client) => {
      const table = await client.query<{ there: boolean }>(
        "select to_regclass('public.tenant_migrations') is not null as there"
      )
      return { applied: table.rows[0]?.there ? (await client.query<AppliedMigration>(appliedMigrations)).rows : [] }
    },
    readOnly
  )
}
