/**
 * What can be asked of a host, and what is answered. Asking changes nothing. The collector
 * answers each question by itself: one that can't be answered says why, and the others go on.
 */
export type FactRequest =
  | TreeRequest
  | FileRequest
  | ReleasesRequest
  | ProcessesRequest
  | ProbeRequest
  | ConnectionsRequest
  | NginxRequest
  | MigrationsRequest
  | ToolsRequest

/** Hashes every file below `root`, or only the paths in `only` (a missing one is then left out). */
export interface TreeRequest {
  kind: 'tree'
  root: string
  /** Path of a JSON file on the host with the list of paths to look at, relative to root: {"files": {"path": …}}. */
  recordedIn?: string
}

export interface FileRequest {
  kind: 'file'
  path: string
  /** Also answer with the content, where it is no larger than this many bytes. */
  contentUpTo?: number
  /** Also answer with the names and the SHA-256 of the values of a dotenv file, never the values. */
  env?: boolean
}

/** `current`, the folders under `releases/`, and the lines of the log that speak of this lane. */
export interface ReleasesRequest {
  kind: 'releases'
  /** The lane's folder: it holds `current` and `releases/`. */
  root: string
  /** The tenant's log of what was shipped, JSON lines. */
  log: string
  lane: string
}

/** The processes of the PM2 daemon that has this PM2_HOME; a daemon that does not run has none. */
export interface ProcessesRequest {
  kind: 'processes'
  pm2Home: string
}

/**
 * Asks http://127.0.0.1:port/path until it answers 200 with `release` in its JSON body, or until
 * `deadlineMs` has passed. With `deadlineMs` 0 it asks once.
 */
export interface ProbeRequest {
  kind: 'probe'
  port: number
  path: string
  /** The Host header to send. */
  host: string
  release: string | null
  deadlineMs: number
}

/** Established TCP connections to a local port, seen from the side that listens; and who listens. Waits until there are none, up to `deadlineMs`. */
export interface ConnectionsRequest {
  kind: 'connections'
  port: number
  deadlineMs: number
}

/** The nginx master and its workers. */
export interface NginxRequest {
  kind: 'nginx'
  pidFile: string
}

/** The migrations that were applied, as the tenant's role reads them over the direct port. */
export interface MigrationsRequest {
  kind: 'migrations'
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** Which of these programs the account can run, and their versions. */
export interface ToolsRequest {
  kind: 'tools'
  names: string[]
}

/** sha256 in hex, `x` where it is executable; a symbolic link has its target instead of a hash. */
export interface TreeEntry {
  sha256?: string
  link?: string
  executable: boolean
  bytes: number
}
export type Tree = Record<string, TreeEntry>

export interface TreeFact {
  exists: boolean
  files: Tree
}

export interface FileFact {
  exists: boolean
  sha256?: string
  bytes?: number
  /** Four octal digits, as in "0600". */
  mode?: string
  owner?: string
  group?: string
  /** ms since the epoch. */
  mtimeMs?: number
  /** base64 */
  content?: string
  /** name -> SHA-256 of the value */
  env?: Record<string, string>
}

export interface LogLine {
  at: string
  lane: string
  release: string
  event: 'started' | 'healthy' | 'published' | 'failed' | 'rolled-back'
  by: string
  commit: string | null
  run: string | null
  note?: string
}

export interface ReleasesFact {
  /** The name that `current` points to, or null. */
  current: string | null
  /** Folder names under releases/, sorted. */
  present: string[]
  log: LogLine[]
}

export interface ProcessFact {
  name: string
  /** PM2's own words: online, stopping, stopped, launching, errored. */
  status: string
  pid: number
  restarts: number
  cwd: string
  /** Environment that PM2 started it with: name -> value, only for the names that this program sets. */
  env: Record<string, string>
  startedAtMs: number
}

export interface ProcessesFact {
  /** Whether the daemon runs at all. */
  daemon: boolean
  processes: ProcessFact[]
}

export interface ProbeAttempt {
  /** HTTP status; absent where there was no answer. */
  status?: number
  ms: number
  release?: string
  error?: string
}

export interface ProbeFact {
  ok: boolean
  attempts: ProbeAttempt[]
}

export interface ConnectionsFact {
  established: number
  /** Whether anything listens on the port. */
  listening: boolean
}

export interface NginxFact {
  running: boolean
  master: number
  /** pid and start time (ms since the epoch) of each worker that is not shutting down. */
  workers: { pid: number; startedAtMs: number }[]
}

export interface AppliedMigration {
  name: string
  sha256: string
  /** ISO 8601 in UTC. */
  at: string
}

export interface MigrationsFact {
  applied: AppliedMigration[]
}

/** name -> first line of its version, or null where it is missing. */
export type ToolsFact = Record<string, string | null>

export type FactOf<R extends FactRequest> = R extends TreeRequest
  ? TreeFact
  : R extends FileRequest
    ? FileFact
    : R extends ReleasesRequest
      ? ReleasesFact
      : R extends ProcessesRequest
        ? ProcessesFact
        : R extends ProbeRequest
          ? ProbeFact
          : R extends ConnectionsRequest
            ? ConnectionsFact
            : R extends NginxRequest
              ? NginxFact
              : R extends MigrationsRequest
                ? MigrationsFact
                : R extends ToolsRequest
                  ? ToolsFact
                  : never

/** One answer: the fact, or why it could not be looked at. */
export type Answer<R extends FactRequest = FactRequest> = { ok: true; fact: FactOf<R> } | { ok: false; cause: string }

export type Answers<Q extends Record<string, FactRequest>> = { [K in keyof Q]: Answer<Q[K]> }
