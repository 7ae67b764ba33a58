import type { ErrorKind } from '../errors.ts'
import type { Fingerprint, PendingMigration, Review } from './review-report.ts'

export type LaneName = 'marketing' | 'app'

/** What a step belongs to. */
export type Section = LaneName | 'provision' | 'backup' | 'restore'

export type StepOutcome = 'done' | 'unchanged' | 'skipped' | 'failed'

/** One step of a lane, in the order in which it ran. */
export interface Step {
  name: string
  /** Wall time in ms. */
  ms: number
  outcome: StepOutcome
  /** A few words on what it did or why it was skipped. */
  note?: string
}

/** What rsync itemised: paths relative to the lane's root, exactly as they are named on disk. */
export interface FileChanges {
  created: string[]
  changed: string[]
  deleted: string[]
  /** Size in bytes of what was created and changed. */
  bytes: number
}

/** One question asked of a running process or of a public address, and what it answered. */
export interface Probe {
  url: string
  /** HTTP status; absent where there was no answer. */
  status?: number
  ms: number
  ok: boolean
  /** The release that answered, or why there was no answer. */
  note?: string
}

export interface MigrationChanges {
  /** File names, in the order in which they ran. */
  applied: string[]
  /** Pending and not run (a dry run, or a failure before them). */
  pending: string[]
  /** What those say that are pending; in a dry run only. */
  sql?: PendingMigration[]
}

export interface SiteChange {
  /** Path of the site's file on the host. */
  path: string
  changed: boolean
  reloaded: boolean
  /** Unified diff from what is live to what is desired; empty where nothing differs. */
  diff: string
}

export interface EnvChanges {
  /** Names only, never values. */
  added: string[]
  changed: string[]
  removed: string[]
}

export type Verdict = 'in-sync' | 'drifted' | 'missing' | 'unmanaged' | 'unknown'

export interface Difference {
  attribute: string
  expected: string
  actual: string
}

/** What inspection says of one resource. `unknown` means that it could not be looked at, and never counts as fine. */
export interface Finding {
  address: string
  verdict: Verdict
  differences: Difference[]
  /** Why it is unknown. */
  cause?: string
}

export interface Failure {
  /** The step in which it happened. */
  step: string
  kind: ErrorKind
  message: string
  where?: string
  remedy?: string
  /** Tail of the log that explains it. */
  log?: string
}

export interface LaneReport {
  lane: LaneName
  /** The release that is live when the run ends. */
  release: string | null
  /** The release that was live when the run began. */
  previous: string | null
  changed: boolean
  url: string
  files: FileChanges
  /** Why the files could not be compared; then `files` says nothing of them. */
  uncompared: string | null
  steps: Step[]
  probes: Probe[]
  site: SiteChange | null
  /** App lane only. */
  migrations: MigrationChanges | null
  env: EnvChanges | null
  /** Whether the process is replaced or started; null where nobody knows, and of the marketing lane, which has none. */
  restarts: boolean | null
  /** Null where it failed before it was known what differs, and where only the widget is brought. */
  fingerprint: Fingerprint | null
  /** Inspection after the change: a deploy ends with this verdict. */
  findings: Finding[]
  warnings: string[]
  failure: Failure | null
}

/** One resource that was not as it should be, and what was done about it; in a dry run, what would be. */
export interface ProvisionChange {
  address: string
  /** As it was found. */
  verdict: Verdict
  differences: Difference[]
  /** In order, in words; empty where only a person can put it right, and `remedy` says how. */
  actions: string[]
  remedy?: string
}

/** What it took for the tenant to have everything of its own on the host: account, database, pool, certificate, sites. */
export interface ProvisionReport {
  changed: boolean
  steps: Step[]
  changes: ProvisionChange[]
  /** Inspection afterwards; in a dry run, before. */
  findings: Finding[]
  warnings: string[]
  failure: Failure | null
}

/** One backup of a tenant's database, as it lies on the host. */
export interface BackupLine {
  /** The name that `restore` takes: its time and the database, sortable. */
  id: string
  /** ISO 8601 in UTC. */
  at: string
  bytes: number
  /** In hex, of the dump. */
  sha256: string
  by: string
  /** The version of the server that was dumped, as in "15.18". */
  server: string
}

export interface BackupReport {
  steps: Step[]
  made: BackupLine | null
  /** Where the dump lies on the host. */
  path: string | null
  /** Where a copy of it lies on this machine. */
  copy: string | null
  /** Ids of older backups that were removed, by age or count. */
  removed: string[]
  failure: Failure | null
}

export interface RestoreReport {
  steps: Step[]
  /** The backup's id, or the file on this machine. */
  backup: string
  database: string
  /** How many tables and rows of `tenant_migrations` the restored database has. */
  tables: number
  migrations: number
  /** The name under which the database that was live is kept until the next restore; null where there was none. */
  replaced: string | null
  warnings: string[]
  failure: Failure | null
}

/** One line of `tenant releases`. */
export interface ReleaseLine {
  lane: LaneName
  id: string
  state: 'live' | 'healthy' | 'failed' | 'rolled back' | 'incomplete'
  /** ISO 8601 in UTC. */
  at: string
  by: string
  commit: string | null
  run: string | null
}

export type CommandName = 'deploy' | 'rollback' | 'releases' | 'provision' | 'backup' | 'backups' | 'restore'

/** The whole outcome of one run on one tenant, as plain data; every renderer starts from it. */
export interface Report {
  tenant: string
  host: string
  command: CommandName
  dryRun: boolean
  outcome: 'changed' | 'unchanged' | 'failed'
  /** Whether anything on the host was changed; in a dry run, would be. */
  changed: boolean
  exitCode: number
  commit: string | null
  by: string
  /** Link to the workflow run. */
  run: string | null
  /** ISO 8601 in UTC. */
  startedAt: string
  ms: number
  /** Null where the command does not look at it. */
  provision: ProvisionReport | null
  lanes: LaneReport[]
  backup: BackupReport | null
  restore: RestoreReport | null
  /** Filled by `backups` only, the newest first. */
  backups: BackupLine[]
  /** Filled by `releases` only. */
  releases: ReleaseLine[]
  /** Null where nobody asked for it. */
  review: Review | null
  /** A failure outside any lane: the connection, the lock, a manifest. */
  failure: Failure | null
}

/** What is told while a run is under way. */
export type Progress =
  | { kind: 'lane'; lane: Section }
  | { kind: 'step-start'; lane: Section | null; name: string }
  | { kind: 'step-end'; lane: Section | null; step: Step }
  /** `percent` and `rate` are rsync's own. */
  | { kind: 'transfer'; percent: number; rate: string; bytes: number }
  /** A line that the host printed in an install or a build. */
  | { kind: 'output'; line: string }
  | { kind: 'message'; text: string }

export type Tell = (progress: Progress) => void

/** One line of a tenant's logs. */
export interface LogEntry {
  /** ISO 8601 in UTC, to the second. */
  at: string
  lane: LaneName
  /** What the app printed on standard output or error; what nginx notes of visitors, or of its own trouble. */
  source: 'out' | 'error' | 'access' | 'nginx'
  text: string
}
