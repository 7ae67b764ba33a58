import type { ClockRequest } from '../../facts/requests.ts'
import { IN_SYNC, judged, type Watched } from '../resource.ts'

const MOST_MS = 60_000
const UNITS: [ms: number, one: string, many: string][] = [
  [86_400_000, 'day', 'days'],
  [3_600_000, 'hour', 'hours'],
  [60_000, 'minute', 'minutes'],
  [1000, 'second', 'seconds']
]

/**
 * The host's clock shows the time, as far as this machine knows it. To be made right before the host is asked: its clock
 * is read somewhere between then and the comparison.
 */
export function clockResource(now: () => number = Date.now): Watched<{ clock: ClockRequest }> {
  const begun = now()
  return {
    address: 'host.clock',
    requests: { clock: { kind: 'clock' } },
    remedy:
      "see that the host's clock is kept in time (timedatectl, systemctl status systemd-timesyncd): certificates, backups and the order of releases go by it",
    compare({ clock: { nowMs } }) {
      const ahead = nowMs - now()
      const behind = begun - nowMs
      if (Math.max(ahead, behind) <= MOST_MS) return IN_SYNC
      const actual = ahead > 0 ? `${span(ahead)} ahead` : `${span(behind)} behind`
      return judged([{ attribute: 'clock', expected: 'within a minute of this machine', actual }])
    }
  }
}

function span(ms: number): string {
  const [unit, one, many] = UNITS.find(([unit]) => ms >= unit) ?? UNITS.at(-1)!
  const count = Math.floor(ms / unit)
  return `${count} ${count === 1 ? one : many}`
}
