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
  | BindRequest
  | NginxRequest
  | MigrationsRequest
  | ToolsRequest
  | AccountRequest
  | GroupRequest
  | DatabaseRequest
  | PoolerRequest
  | RouteRequest
  | CertificateRequest
  | CapacityRequest
  | ClockRequest
  | LockRequest
  | BackupsRequest
  | RebootRequest
  | NginxTestRequest
  | InventoryRequest

interface Asked {
  /** The Unix account with whose rights to look; absent: those of the account that asks. Only root can take others. */
  as?: string
}

/** Hashes every file below `root`, or only those that a record lists (a missing one is then left out). */
export interface TreeRequest extends Asked {
  kind: 'tree'
  root: string
  /** Path of a JSON file on the host with the list of paths to look at, relative to root: {"files": {"path": …}}. */
  recordedIn?: string
  /** With a record: also name what it does not list, but for what lies in this folder, relative to `root`. */
  othersOutside?: string
}

export interface FileRequest extends Asked {
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
export interface ReleasesRequest extends Asked {
  kind: 'releases'
  /** The lane's folder: it holds `current` and `releases/`. */
  root: string
  /** The tenant's log of what was shipped, JSON lines. */
  log: string
  lane: string
}

/** The processes of the PM2 daemon that has this PM2_HOME; a daemon that does not run has none. */
export interface ProcessesRequest extends Asked {
  kind: 'processes'
  pm2Home: string
  /** Names of variables: which of them PM2 puts into a process' environment. */
  watch?: string[]
}

/**
 * Asks http://127.0.0.1:port/path until it answers 200 with `release` in its JSON body, or until
 * `deadlineMs` has passed. With `deadlineMs` 0 it asks once. An answer counts only where the account alone listens on the port.
 */
export interface ProbeRequest extends Asked {
  kind: 'probe'
  port: number
  path: string
  /** The Host header to send. */
  host: string
  release: string | null
  deadlineMs: number
}

/** Established TCP connections to a local port, seen from the side that listens; and who listens. Waits until there are none, up to `deadlineMs`. */
export interface ConnectionsRequest extends Asked {
  kind: 'connections'
  port: number
  deadlineMs: number
}

/** Whether the account can bind a port and listen on it; it does so for a moment, and lets it go again. */
export interface BindRequest extends Asked {
  kind: 'bind'
  port: number
}

/** The nginx master and its workers. */
export interface NginxRequest extends Asked {
  kind: 'nginx'
  pidFile: string
}

/** The migrations that were applied, as the tenant's role reads them over the direct port. */
export interface MigrationsRequest extends Asked {
  kind: 'migrations'
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** Which of these programs the account can run, and their versions. */
export interface ToolsRequest extends Asked {
  kind: 'tools'
  names: string[]
  /** Do not ask them for their versions, for which some need a second: what is there then answers with an empty one. */
  presenceOnly?: boolean
}

/** A Unix account, or that there is none. */
export interface AccountRequest extends Asked {
  kind: 'account'
  name: string
}

export interface GroupRequest extends Asked {
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
export interface DatabaseRequest extends Asked {
  kind: 'database'
  administrator: Administrator
  database: string
  role: string
}

/** What PgBouncer's files say of one database and of one role. */
export interface PoolerRequest extends Asked {
  kind: 'pooler'
  config: string
  databases: string
  users: string
  pidFile: string
  database: string
  role: string
}

/** Connects, and asks where it arrived and as whom. A refusal is an answer, not a failure. */
export interface RouteRequest extends Asked {
  kind: 'route'
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** A certificate chain and its key; links are followed. */
export interface CertificateRequest extends Asked {
  kind: 'certificate'
  certificate: string
  key: string
}

/** How full the file systems are that hold these paths; a path that is missing is left out. */
export interface CapacityRequest extends Asked {
  kind: 'capacity'
  paths: string[]
}

export interface ClockRequest extends Asked {
  kind: 'clock'
}

/** Whether a package waits for the machine to start again. */
export interface RebootRequest extends Asked {
  kind: 'reboot'
}

/** Whether nginx accepts its whole configuration, as it stands in the files. */
export interface NginxTestRequest extends Asked {
  kind: 'nginx-test'
  /** The program. */
  command: string
  config: string
  /** The folder of the sites that it includes. */
  sites: string
  /** Were this file missing, or a log that these name, nginx would make it: it is then not asked. */
  pidFile: string
}

/** The backups of a tenant's database: of each file `<id>.json` its text, and the size of the dump beside it. */
export interface BackupsRequest extends Asked {
  kind: 'backups'
  folder: string
}

/** Whether somebody holds a file by flock(2), and what stands in it. */
export interface LockRequest extends Asked {
  kind: 'lock'
  path: string
}

/** What stands on the host where tenants' things stand, whoever made it. */
export interface InventoryRequest extends Asked {
  kind: 'inventory'
  /** The folder that holds a folder for each tenant. */
  root: string
  /** The folder of nginx' sites. */
  sites: string
  /** PgBouncer's file with an entry for each tenant. */
  databases: string
  /** The folder with the units that start with the machine. */
  units: string
  /** The folder that holds a link to each tenant's certificate. */
  certificates: string
  /** Whom to count among the tenants' accounts: who is in the group, or is called like this. */
  accounts: { group: string; prefix: string }
}
