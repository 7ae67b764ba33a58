import type { InventoryRequest } from '../../facts/requests.ts'
import type { Host } from '../../tenant/host.ts'
import { ACCOUNT_PREFIX } from '../../tenant/layout.ts'
import { STARTED } from './boot.ts'
import { TENANTS } from './group.ts'

/** What stands on the host where tenants' things stand; asked as root, who gets into all of these folders. */
export function inventoryRequest({ root, nginx, pgbouncer, acme }: Host): InventoryRequest {
  return {
    kind: 'inventory',
    root,
    sites: nginx.sites,
    databases: pgbouncer.databases,
    units: STARTED,
    certificates: acme.certificates,
    accounts: { group: TENANTS, prefix: ACCOUNT_PREFIX }
  }
}
