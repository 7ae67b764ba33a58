import type { RebootRequest } from '../../facts/requests.ts'
import { IN_SYNC, judged, type Watched } from '../resource.ts'

const MOST_TOLD = 5

/** No update waits for the machine to start again: until then what was updated runs as it was. */
export function rebootResource(): Watched<{ reboot: RebootRequest }> {
  return {
    address: 'host.reboot',
    requests: { reboot: { kind: 'reboot' } },
    remedy: 'restart the machine when visitors miss it least (systemctl reboot); the apps of its tenants start with it',
    compare({ reboot: { pending, packages } }) {
      if (!pending) return IN_SYNC
      const actual = packages.length === 0 ? 'pending' : `pending for ${listed(packages)}`
      return judged([{ attribute: 'restart', expected: 'none pending', actual }])
    }
  }
}

function listed(packages: readonly string[]): string {
  const more = packages.length - MOST_TOLD
  const told = packages.slice(0, MOST_TOLD).join(', ')
  return more > 0 ? `${told} and ${more} more` : told
}
