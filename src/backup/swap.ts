import type { Shipment } from '../deploy/shipment.ts'
import { asTenantError, TenantError } from '../errors.ts'
import { tail } from '../remote/execute.ts'
import { adminSql } from '../resources/administrator.ts'
import { databaseRequest } from '../resources/isolation/database-request.ts'
import { advice } from './advice.ts'
import {
  createSql,
  dropSql,
  extensionsSql,
  ownersSql,
  prepareSql,
  readExtensions,
  settingsSql,
  swapSql,
  type Databases,
  type Extension
} from './swap-sql.ts'

const MAINTENANCE = 'postgres'
const SHORT_MS = 60_000
/** The copy of a template, and the removal of a database, take as long as the disk does. */
const DISK_MS = 10 * 60_000

/** Answers with the rows, each as its columns. */
async function asAdministrator(
  shipment: Shipment,
  options: { database?: string; sql: string; step: string; deadlineMs?: number }
): Promise<string[][]> {
  const { remote, tenant } = shipment
  const { administrator } = databaseRequest(shipment)
  const { as, command, input } = adminSql(administrator, options.database ?? MAINTENANCE, options.sql)
  const { step } = options
  const result = await remote.execute(command, { as, step, deadlineMs: options.deadlineMs ?? SHORT_MS, input })
  if (result.code === 0)
    return result.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('|'))
  const log = tail(result.stderr)
  throw new TenantError('restore', `could not ${step}`, {
    where: `PostgreSQL on ${remote.name}, as ${administrator.role}`,
    remedy: `${advice(log, tenant.name)}; the live database is as it was`,
    log
  })
}

/** @throws TenantError where there is no live database to replace, or somebody else's has a name that we need. */
export async function mustBeProvisioned(shipment: Shipment, databases: Databases): Promise<void> {
  const { remote, tenant } = shipment
  const rows = await asAdministrator(shipment, { sql: ownersSql(databases), step: 'look for the database' })
  const { role } = tenant.database!
  const owners = new Map(rows.map(([name = '', ours, owner = '']) => [name, ours === 't' ? role : owner]))
  if (!owners.has(databases.live))
    throw new TenantError('restore', `there is no database ${databases.live}`, {
      where: `PostgreSQL on ${remote.name}`,
      remedy: `tenant provision ${tenant.name}`
    })
  for (const name of [databases.fresh, databases.replaced]) {
    const owner = owners.get(name) ?? role
    if (owner !== role)
      throw new TenantError('restore', `the database ${name} belongs to ${owner}, and a restore would remove it`, {
        where: `PostgreSQL on ${remote.name}`,
        remedy: `rename it, or give it to ${role} if it may go; nothing was changed`
      })
  }
}

/**
 * Makes the empty database that the dump goes into; one that an earlier restore left is dropped. Answers with the
 * extensions that it has already.
 */
export async function createFresh(
  shipment: Shipment,
  databases: Databases,
  extensions: readonly string[]
): Promise<Extension[]> {
  const { role } = shipment.tenant.database!
  const { live, fresh } = databases
  const rows = await asAdministrator(shipment, {
    database: live,
    sql: extensionsSql(role),
    step: 'look for extensions'
  })
  // The names are the server's own: the dump is the tenant's, and may say anything.
  const needed = readExtensions(rows).filter(({ name }) => extensions.includes(name))
  const step = `make the database ${fresh}`
  await asAdministrator(shipment, { sql: createSql(databases), step, deadlineMs: DISK_MS })
  const sql = prepareSql(databases, role, needed)
  await asAdministrator(shipment, { database: fresh, sql, step, deadlineMs: DISK_MS })
  return needed
}

export async function dropFresh(shipment: Shipment, { fresh }: Databases): Promise<void> {
  await asAdministrator(shipment, { sql: dropSql(fresh), step: `drop ${fresh}`, deadlineMs: DISK_MS })
}

/** Gives the fresh database the live one's name. Answers with the settings that stay behind. */
export async function swap(shipment: Shipment, databases: Databases): Promise<{ settings: string[] }> {
  const { live, fresh, replaced } = databases
  const settings = await asAdministrator(shipment, { sql: settingsSql(databases), step: 'look for settings' })
  const drop = { sql: dropSql(replaced), step: `drop ${replaced}, of the restore before`, deadlineMs: DISK_MS }
  await asAdministrator(shipment, drop)
  const rename = { sql: swapSql(databases), step: `put ${fresh} in the place of ${live}`, deadlineMs: DISK_MS }
  await asAdministrator(shipment, rename).catch((thrown: unknown) => {
    const error = asTenantError(thrown)
    // A lost connection does not tell whether it came that far.
    if (error.kind !== 'restore') error.needsPerson = true
    throw error
  })
  return { settings: settings.map(([name = '']) => name) }
}
