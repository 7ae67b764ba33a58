import type { Remote } from '../remote/remote.ts'
import type { Tell } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import type { Host } from '../tenant/host.ts'
import type { Tenant } from '../tenant/schema.ts'

/** Who ships, from which commit, in which run. */
export interface Identity {
  by: string
  commit: string | null
  run: string | null
}

/** Everything that a lane needs to ship one tenant to one host. */
export interface Shipment {
  host: Host
  tenant: Tenant
  layout: Layout
  remote: Remote
  /** Root of the checkout that holds the manifests and the sources. */
  repository: string
  /** Folder of the templates. */
  templates: string
  secrets: Record<string, string>
  /** Environment for programs that run here (git, a site's build): nothing secret in it. */
  environment: Record<string, string>
  /** Where `owner/name` repositories are cloned from, as in https://github.com. */
  gitServer: string
  identity: Identity
  dryRun: boolean
  /** What the tenant does not have on the host yet: a dry run looks around without it. */
  absent: { account: boolean; database: boolean }
  tell: Tell
  /** Aborted when the run is to end early; its reason is the error to throw. */
  signal: AbortSignal
}

/** The account that sees the tenant's things: its own, once it has one. */
export function looker({ absent, layout }: Shipment): string {
  return absent.account ? 'root' : layout.account
}
