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
  | AccountRequest
  | GroupRequest
  | DatabaseRequest
  | PoolerRequest
  | RouteRequest
  | CertificateRequest

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
  /** Answer without what stands in it: it may be large. */
  unread?: boolean
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
  /** Do not ask them for their versions, for which some need a second: what is there then answers with an empty one. */
  presenceOnly?: boolean
}

/** A Unix account, or that there is none. */
export interface AccountRequest {
  kind: 'account'
  name: string
}

export interface GroupRequest {
  kind: 'group'
  name: string
}

/** How psql becomes the administrator of a PostgreSQL server. */
export interface Administrator {
  /** An address, or the folder of the server's Unix socket. */
  host: string
  port: number
  /** The account of the host to become; null: nobody else. */
  account: string | null
  role: string
  /** Null where the socket lets the account in without one. */
  password: string | null
}

/** A database, its role and the owner of every object in it, as the server's administrator sees them. */
export interface DatabaseRequest {
  kind: 'database'
  administrator: Administrator
  database: string
  role: string
}

/** What PgBouncer's files say of one database and of one role. */
export interface PoolerRequest {
  kind: 'pooler'
  config: string
  databases: string
  users: string
  pidFile: string
  database: string
  role: string
}

/** Connects, and asks where it arrived and as whom. A refusal is an answer, not a failure. */
export interface RouteRequest {
  kind: 'route'
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** A certificate chain and its key; links are followed. */
export interface CertificateRequest {
  kind: 'certificate'
  certificate: string
  key: string
}
