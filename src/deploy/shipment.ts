import type { Remote } from '../remote/remote.ts'
import type { LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import type { Ahead } from '../source/ahead.ts'
import type { Sourcing } from '../source/sourcing.ts'
import type { Host } from '../tenant/host.ts'

/** Who ships, from which commit, in which run. */
export interface Identity {
  by: string
  commit: string | null
  run: string | null
}

/** Everything that a lane needs to ship one tenant to one host. */
export interface Shipment extends Sourcing {
  host: Host
  layout: Layout
  remote: Remote
  /** Folder of the templates. */
  templates: string
  /** Text of the collector's bundle. */
  collector: string
  identity: Identity
  dryRun: boolean
  /** What the tenant does not have on the host yet: a dry run looks around without it. */
  absent: { account: boolean; database: boolean }
  /** Sources whose reading has begun. */
  ahead?: Ahead
  /** Lanes whose site was not there, and was placed by this run before they ship. */
  placed: readonly LaneName[]
}

/** The account that deploys: the folder of sites and the records belong to it, whoever has connected. */
export function keeper({ host }: Shipment): string {
  return host.user
}

/** The account that sees the tenant's things: its own, once it has one. */
export function looker({ absent, layout }: Shipment): string {
  return absent.account ? 'root' : layout.account
}
