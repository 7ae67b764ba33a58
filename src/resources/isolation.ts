import type { LaneName } from '../report/report.ts'
import { layout as layoutOf } from '../tenant/layout.ts'
import type { Desire } from './desired-state.ts'
import { hostBootResource } from './host/boot.ts'
import { hostFoldersResource } from './host/folders.ts'
import { groupResource } from './host/group.ts'
import { nginxResource } from './host/nginx.ts'
import { observerResource } from './host/observer.ts'
import { packagesResource } from './host/packages.ts'
import { pgbouncerResource } from './host/pgbouncer.ts'
import { sudoResource } from './host/sudo.ts'
import { accountResource } from './isolation/account.ts'
import { bootResource } from './isolation/boot.ts'
import { certificateResource } from './isolation/certificate.ts'
import { databaseRequest, ownPassword, poolerRequest } from './isolation/database-request.ts'
import { databaseResource } from './isolation/database.ts'
import { foldersResource } from './isolation/folders.ts'
import { issuedResource } from './isolation/issued.ts'
import { logsResource } from './isolation/logs.ts'
import { ownershipResource } from './isolation/ownership.ts'
import { poolEntryResource } from './isolation/pool-entry.ts'
import { recordsResource } from './isolation/records.ts'
import { poolRouteResource } from './isolation/pool-route.ts'
import { roleResource } from './isolation/role.ts'
import { managed, type Managed } from './resource.ts'

export interface Isolation {
  /** What the host's tenants share, and the tenant's account and folders: all that its lock needs. */
  foundation: Managed[]
  /** What is the tenant's alone. */
  own: Managed[]
  /** Its certificate as an authority issues it, which asks for the tenant's sites first. */
  issued: Managed
}

/**
 * Everything that a tenant has of its own on a host, in the order in which it can be made; the database and what goes
 * with it only where the app is among the lanes.
 * @throws TenantError where a password was not handed over
 */
export function desiredIsolation(desire: Desire, lanes: readonly LaneName[] = ['app', 'marketing']): Isolation {
  const { host, tenant } = desire
  const layout = layoutOf(host, tenant)
  const hasApp = tenant.app !== undefined && lanes.includes('app')
  return {
    foundation: [
      managed(packagesResource(host, tenant)),
      managed(groupResource()),
      ...(host.user === 'root' ? [] : [managed(sudoResource(host))]),
      managed(observerResource(host, desire.collector)),
      managed(hostFoldersResource(host, tenant)),
      ...(hasApp ? [managed(pgbouncerResource(host, poolerRequest(desire))), managed(hostBootResource(host))] : []),
      managed(accountResource(layout)),
      managed(foldersResource(host, tenant, layout)),
      managed(recordsResource(host, layout))
    ],
    own: [
      ...(hasApp ? ownDatabase(desire) : []),
      managed(certificateResource(host, tenant)),
      managed(logsResource(host, tenant)),
      // It may read the tenant's sites by that, and takes none without a certificate.
      managed(nginxResource(host)),
      ...(hasApp ? [managed(bootResource(tenant.name))] : [])
    ],
    issued: managed(issuedResource(host, tenant))
  }
}

function ownDatabase(desire: Desire): Managed[] {
  const request = databaseRequest(desire)
  const password = ownPassword(desire)
  const { host } = desire
  return [
    managed(roleResource(request, password)),
    managed(databaseResource(request)),
    managed(ownershipResource(request)),
    managed(poolEntryResource(host, request, poolerRequest(desire))),
    managed(poolRouteResource(host, request.database, request.role, password))
  ]
}
