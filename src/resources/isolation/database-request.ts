import type { DatabaseRequest, PoolerRequest } from '../../facts/requests.ts'
import { administratorOf } from '../administrator.ts'
import type { Desire } from '../desired-state.ts'
import { rolePassword } from '../secrets.ts'

/** @throws TenantError where the administrator's password was not handed over */
export function databaseRequest(desire: Desire): DatabaseRequest {
  const { host, tenant, secrets } = desire
  const { administrator } = host.postgres
  if (typeof administrator !== 'string')
    rolePassword(secrets, administrator.password, `tenants/hosts/${host.name}.yml, postgres.administrator.password`)
  const { name, role } = tenant.database!
  return { kind: 'database', administrator: administratorOf(desire), database: name, role }
}

export function poolerRequest({ host, tenant }: Desire): PoolerRequest {
  const { config, databases, users, pid } = host.pgbouncer
  const { name, role } = tenant.database!
  return { kind: 'pooler', config, databases, users, pidFile: pid, database: name, role }
}

/** The password of the tenant's role. */
export function ownPassword({ tenant, secrets }: Desire): string {
  return rolePassword(secrets, tenant.database!.password, `tenants/${tenant.name}/tenant.yml, database.password`)
}
