import type { LaneName } from './report.ts'

/** Why a tenant is in a plan. */
export interface PlanReason {
  /** As in "its folder tenants/acme" or "asked for by octocat". */
  what: string
  lanes: LaneName | 'all'
  /** How many changed files it is about; 0 where it is about none. */
  files: number
  /** One of them. */
  example: string | null
}

export interface PlannedTenant {
  tenant: string
  /** `all`: whichever of both it has. */
  lanes: LaneName | 'all'
  /** Null where its manifest does not say. */
  host: string | null
  runsOn: string | string[]
  /** It goes before the others. */
  canary: boolean
  /** Its manifest or its host's file has faults: it cannot be deployed, and holds nobody up. */
  faulty: boolean
  reasons: PlanReason[]
}

/** Which tenants and lanes a change, or somebody who asks, is about: plain data. */
export interface PlanReport {
  command: 'plan'
  /** What was compared or asked for, in a line. */
  scope: string
  /** How many files changed; null where everything counts as changed, or nothing was compared. */
  files: number | null
  /** Why everything counts as changed; null where it does not. */
  everything: string | null
  /** By name. */
  tenants: PlannedTenant[]
  /** How many tenants the repository has. */
  known: number
  /** Canaries first and faults last; not where nothing is deployed, as on a pull request, or where tenants were named. */
  waves: boolean
  /** Folders of tenants that the change took away. */
  gone: string[]
  /** How many tenants deploy at once, and after how many failures the rest stays as it is. */
  atOnce: number
  failures: number
}
