import type { FileSystem } from '../../facts/host-facts.ts'
import type { CapacityRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { judged, type Watched } from '../resource.ts'

/** Both have to be fallen short of: a tenth of a large disk is much, and what is much for a small one is little. */
const LEAST_PERCENT = 10
const LEAST_BYTES = 10 * 1024 ** 3
const LEAST_INODES = 100_000

/** Where Debian's PostgreSQL keeps its databases. */
const POSTGRES_DATA = '/var/lib/postgresql'

/** The host has room for releases, builds, logs, backups and databases. */
export function capacityResource(host: Host): Watched<{ capacity: CapacityRequest }> {
  const paths = capacityPaths(host)
  return {
    address: 'host.disk',
    requests: { capacity: { kind: 'capacity', paths } },
    remedy:
      'see what takes the space (du -xh --max-depth 2 PATH, df -i), remove what nobody needs, or enlarge the disk: a full one stops deploys, backups and databases',
    compare: ({ capacity }) => judged(capacity.fileSystems.flatMap(differencesOf))
  }
}

export function capacityPaths({ root, nginx, postgres }: Host): string[] {
  const isLocal = typeof postgres.administrator === 'string'
  return ['/', root, nginx.logs, '/tmp', ...(isLocal ? [POSTGRES_DATA] : [])]
}

function differencesOf({ path, bytes, bytesFree, inodes, inodesFree }: FileSystem): Difference[] {
  const differences: Difference[] = []
  if (isShort(bytesFree, bytes, LEAST_BYTES)) {
    const actual = `${percent(bytesFree, bytes)} % (${size(bytesFree)})`
    differences.push({
      attribute: `free space of ${path}`,
      expected: `${LEAST_PERCENT} % or ${size(LEAST_BYTES)}`,
      actual
    })
  }
  if (isShort(inodesFree, inodes, LEAST_INODES)) {
    const actual = `${percent(inodesFree, inodes)} % (${number(inodesFree)})`
    const expected = `${LEAST_PERCENT} % or ${number(LEAST_INODES)}`
    differences.push({ attribute: `free inodes of ${path}`, expected, actual })
  }
  return differences
}

function isShort(free: number, all: number, least: number): boolean {
  return free * 100 < all * LEAST_PERCENT && free < least
}

/** Rounded down: what is too little does not look like enough. */
const percent = (part: number, whole: number) => Math.floor((part * 100) / whole)
const number = (value: number) => value.toLocaleString('en-US')

function size(bytes: number): string {
  const gib = bytes / 1024 ** 3
  if (gib >= 10) return `${Math.floor(gib)} GiB`
  return gib >= 1 ? `${(Math.floor(gib * 10) / 10).toFixed(1)} GiB` : `${Math.floor(bytes / 1024 ** 2)} MiB`
}
