import type { Identity } from './deploy/shipment.ts'
import type { CommandName, LaneName } from './report/report.ts'
import type { Choice } from './tenant/choose.ts'

/** How hosts are reached, and with what. */
export interface Access {
  /** The account to connect as, in place of the host file's. */
  user: string | null
  /** Root of the checkout that holds `tenants/`. */
  repository: string
  /** Folder of this program's own templates and of the collector's bundle. */
  program: { templates: string; collector: string }
  /** Text of the private key; without it the host file's key_file or the agent is used. */
  sshKey: string | null
  /** Text of a private key that may only look: what only looks uses it, where a host knows it. */
  lookKey: string | null
  agent: string | null
  /** Null where the entry has none; the host file's secrets_file is read then. */
  secrets: Record<string, string> | null
}

/** Where a run takes place, for what it does on this machine. */
export interface Workplace extends Access {
  environment: Record<string, string>
  gitServer: string
  identity: Identity
}

/** What a run on one tenant is asked to do, whichever entry asked. */
export interface Request extends Workplace {
  command: CommandName
  tenant: string
  lanes: LaneName | 'all'
  dryRun: boolean
  /** Whether programs of the sources may run on this machine. */
  runsBuilds: boolean
  /** Of `restore`: the id of a backup on the host, or a file on this machine. */
  backup: string | null
  /** Of `backup`: where on this machine a copy goes. */
  output: string | null
  /** Name of this machine, for whoever waits for the lock. */
  machine: string
  /** How long to wait for another run's lock, in ms. */
  waitMs: number
}

/** What doctor is asked to look at. */
export interface DoctorRequest extends Workplace {
  choice: Choice
}

/** What `logs` is asked for; it has no report, and shows what it reads as it comes. */
export interface LogsRequest extends Access, Pick<Request, 'tenant' | 'lanes'> {
  /** Nothing from before this time, in ms since the epoch. */
  since: number | null
  /** How many of the last lines; null where nobody says it. */
  lines: number | null
  follow: boolean
}
