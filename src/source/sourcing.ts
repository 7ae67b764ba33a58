import type { Tell } from '../report/report.ts'
import type { Tenant } from '../tenant/schema.ts'

/** What it takes to read a tenant's sources on this machine. */
export interface Sourcing {
  tenant: Tenant
  /** Root of the checkout that holds the manifests and the sources. */
  repository: string
  secrets: Record<string, string>
  /** Environment for git, which runs here, without what is for us alone. */
  environment: Record<string, string>
  /** Where `owner/name` repositories are cloned from, as in https://github.com. */
  gitServer: string
  /** Whether programs of the sources may run on this machine: those of a pull request nobody has reviewed yet. */
  runsBuilds: boolean
  tell: Tell
  /** Aborted when the run is to end early; its reason is the error to throw. */
  signal: AbortSignal
}
