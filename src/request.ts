import type { Identity } from './deploy/shipment.ts'
import type { CommandName, LaneName } from './report/report.ts'

/** What one run is asked to do, whichever entry asked. */
export interface Request {
  command: CommandName
  tenant: string
  lanes: LaneName | 'all'
  dryRun: boolean
  /** Of `restore`: the id of a backup on the host, or a file on this machine. */
  backup: string | null
  /** Of `backup`: where on this machine a copy goes. */
  output: string | null
  /** The account to connect as, in place of the host file's. */
  user: string | null
  /** Root of the checkout that holds `tenants/`. */
  repository: string
  /** Folder of this program's own templates and of the collector's bundle. */
  program: { templates: string; collector: string }
  /** Text of the private key; without it the host file's key_file or the agent is used. */
  sshKey: string | null
  agent: string | null
  /** Null where the entry has none; the host file's secrets_file is read then. */
  secrets: Record<string, string> | null
  environment: Record<string, string>
  gitServer: string
  identity: Identity
  /** Name of this machine, for whoever waits for the lock. */
  machine: string
  /** How long to wait for another run's lock, in ms. */
  waitMs: number
}
