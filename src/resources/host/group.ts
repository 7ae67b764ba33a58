import type { GroupRequest } from '../../facts/requests.ts'
import { IN_SYNC, missing, type Managed } from '../resource.ts'
import { rootChange } from './root-change.ts'

/** The group of all tenants' accounts, which the sudo rule names. */
export const TENANTS = 'tenants'

export function groupResource(): Managed<{ group: GroupRequest }> {
  return {
    address: 'host.group',
    requests: { group: { kind: 'group', name: TENANTS } },
    compare: ({ group }) => (group.exists ? IN_SYNC : missing(TENANTS, 'a group')),
    changes: () => [
      rootChange(`make the group ${TENANTS}`, {
        script: 'getent group "$1" >/dev/null || groupadd --system "$1"',
        args: [TENANTS],
        needs: ['groupadd']
      })
    ]
  }
}
