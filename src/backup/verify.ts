import { setTimeout as sleep } from 'node:timers/promises'
import type { Shipment } from '../deploy/shipment.ts'
import { TenantError } from '../errors.ts'
import { tail } from '../remote/execute.ts'
import { databaseAddress } from '../resources/desired-state.ts'
import { databaseRequest } from '../resources/isolation/database-request.ts'
import { advice } from './advice.ts'
import { CONNECT, connection } from './client.ts'
import { contentDifferences, readContents, type Contents } from './contents.ts'
import type { Databases } from './swap-sql.ts'

const LIST_MS = 10 * 60_000
/** PgBouncer waits 15 s before it connects again where a server has refused it (`server_login_retry`). */
const REACH_MS = 45_000
const ASK_AGAIN_MS = 500

const LIST = `${CONNECT}
pg_dump --format=custom --schema-only --no-password --lock-wait-timeout=60000 --dbname="$1" | pg_restore --list`

/** @throws TenantError unless the restored database holds all that the dump does, and the role owns it. */
export async function verifyFresh(
  shipment: Shipment,
  { live, fresh }: Databases,
  contents: Contents
): Promise<{ tables: number; migrations: number }> {
  const { layout, remote, tenant } = shipment
  const { role } = tenant.database!
  const where = `the database ${fresh} on ${remote.name}`
  const remedy = `restore another backup; ${live} is as it was`
  const { code, stdout, stderr } = await remote.execute(
    { script: LIST, args: [...connection(shipment), fresh], needs: ['pg_dump', 'pg_restore'] },
    { as: layout.account, step: 'list what was restored', deadlineMs: LIST_MS, interruptible: true }
  )
  const log = tail(stderr)
  if (code !== 0)
    throw new TenantError('restore', 'what was restored could not be listed', {
      where,
      remedy: `${advice(log, tenant.name)}; ${live} is as it was`,
      log
    })
  const restored = readContents(stdout)
  const differences = contentDifferences(contents, restored)
  if (differences.length > 0)
    throw new TenantError('restore', 'what was restored is not what the dump holds', {
      where,
      remedy,
      log: differences.join('\n')
    })
  const request = { ...databaseRequest(shipment), database: fresh }
  const { database } = await remote.gather({ database: request }, { as: request.administrator.account ?? 'root' })
  const { applied } = await remote.gather(
    { applied: { kind: 'migrations', ...databaseAddress(shipment), database: fresh } },
    { as: layout.account }
  )
  for (const answer of [database, applied]) {
    if (!answer.ok) throw new TenantError('restore', `could not look at ${fresh}: ${answer.cause}`, { where, remedy })
  }
  const found = database.ok ? database.fact.database : null
  const foreign = found?.foreign ?? []
  if (found?.owner !== role || foreign.length > 0)
    throw new TenantError('restore', `not all of what was restored belongs to the role ${role}`, {
      where,
      remedy,
      log: foreign.map(({ kind, name, owner }) => `${kind} ${name}: ${owner}`).join('\n')
    })
  return {
    tables: restored.counts.get('TABLE') ?? 0,
    migrations: applied.ok ? applied.fact.applied.length : 0
  }
}

/** @throws TenantError unless the app's way, through PgBouncer, ends at the database that was restored. */
export async function mustArrive({ host, layout, remote, secrets, tenant, signal }: Shipment): Promise<void> {
  const { name: database, role: user, password } = tenant.database!
  const { address, port } = host.pgbouncer
  const route = { host: address, port, database, user, password: secrets[password] ?? '' }
  const until = Date.now() + REACH_MS
  for (;;) {
    const { arrived } = await remote.gather({ arrived: { kind: 'route', ...route } }, { as: layout.account })
    const said = arrived.ok ? arrived.fact : { connected: false, error: arrived.cause }
    // A connection that was kept would name the database by its new name.
    if (said.connected && 'database' in said && said.database === database && said.user === user) return
    if (Date.now() >= until) {
      throw new TenantError('restore', `${database} was restored, and PgBouncer does not lead to it`, {
        where: `${address}:${port} on ${remote.name}`,
        remedy: `look at PgBouncer's log on the host, and run: tenant provision ${tenant.name}`,
        log: ('error' in said && said.error) || `it leads to ${'database' in said ? said.database : 'nothing'}`
      })
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}
