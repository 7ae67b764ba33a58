import type { InventoryRequest } from '../facts/requests.ts'
import { capacityResource } from '../resources/host/capacity.ts'
import { clockResource } from '../resources/host/clock.ts'
import { inventoryRequest } from '../resources/host/inventory.ts'
import { nginxTestResource } from '../resources/host/nginx-test.ts'
import { rebootResource } from '../resources/host/reboot.ts'
import { IN_SYNC, type Resource, type Watched } from '../resources/resource.ts'
import type { Host } from '../tenant/host.ts'

/** What a host has besides its tenants, and what stands on it under our names. */
export interface HostResources {
  own: Watched[]
  inventory: Resource<{ inventory: InventoryRequest }>
}

export function hostResources(host: Host): HostResources {
  return {
    own: [capacityResource(host), clockResource(), rebootResource(), nginxTestResource(host)].map(
      (resource) => resource as unknown as Watched
    ),
    inventory: { address: 'unmanaged', requests: { inventory: inventoryRequest(host) }, compare: () => IN_SYNC }
  }
}
