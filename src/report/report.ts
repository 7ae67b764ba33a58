import type { ErrorKind } from '../errors.ts'

export type LaneName = 'marketing' | 'app'

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
  steps: Step[]
  probes: Probe[]
  site: SiteChange | null
  /** App lane only. */
  migrations: MigrationChanges | null
  env: EnvChanges | null
  /** Inspection after the change: a deploy ends with this verdict. */
  findings: Finding[]
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

/** The whole outcome of one run on one tenant, as plain data; every renderer starts from it. */
export interface Report {
  tenant: string
  host: string
  command: 'deploy' | 'rollback' | 'releases'
  dryRun: boolean
  outcome: 'changed' | 'unchanged' | 'failed'
  exitCode: number
  commit: string | null
  by: string
  /** Link to the workflow run. */
  run: string | null
  /** ISO 8601 in UTC. */
  startedAt: string
  ms: number
  lanes: LaneReport[]
  /** Filled by `releases` only. */
  releases: ReleaseLine[]
  /** A failure outside any lane: the connection, the lock, a manifest. */
  failure: Failure | null
}

/** What is told while a run is under way. */
export type Progress =
  | { kind: 'lane'; lane: LaneName }
  | { kind: 'step-start'; lane: LaneName | null; name: string }
  | { kind: 'step-end'; lane: LaneName | null; step: Step }
  /** `percent` and `rate` are rsync's own. */
  | { kind: 'transfer'; percent: number; rate: string; bytes: number }
  /** A line that the host printed in an install or a build. */
  | { kind: 'output'; line: string }
  | { kind: 'message'; text: string }

export type Tell = (progress: Progress) => void
