import type {
  AccountFact,
  BackupsFact,
  CapacityFact,
  ClockFact,
  GroupFact,
  InventoryFact,
  LockFact,
  NginxTestFact,
  RebootFact
} from './host-facts.ts'
import type { BindFact, ConnectionsFact, ProbeFact } from './port-facts.ts'
import type { FactRequest } from './requests.ts'

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
  /** Where it was asked for: paths that the record does not list, sorted; the first thousand. */
  others?: string[]
}

export interface FileFact {
  exists: boolean
  type?: 'file' | 'folder' | 'other'
  /** What the path itself points to, where it is a symbolic link; also where nothing is there. */
  link?: string
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
  /** Which of the variables that were asked about PM2 puts into its environment; sorted. */
  overrides: string[]
  startedAtMs: number
}

export interface ProcessesFact {
  /** Whether the daemon runs at all. */
  daemon: boolean
  /** When it was asked, by the host's clock: ms since the epoch. */
  nowMs: number
  processes: ProcessFact[]
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

/** A SCRAM-SHA-256 credential, told in a way that a password can be checked against and nobody can log in with. */
export interface CredentialFact {
  iterations: number
  /** base64 */
  salt: string
  /** SHA-256 in hex of `<StoredKey>:<ServerKey>`, both in base64. */
  digest: string
}

export interface RoleFact {
  login: boolean
  superuser: boolean
  createRole: boolean
  createDatabase: boolean
  replication: boolean
  bypassRls: boolean
  /** The roles that it can become, and those that can become it; sorted. */
  memberOf: string[]
  members: string[]
  /** Null where there is no password, or one that is not kept as SCRAM-SHA-256. */
  credential: CredentialFact | null
}

export interface DatabaseObject {
  /** As SQL names it: table, sequence, view, materialized view, foreign table, function, procedure, aggregate, type, domain, schema, … */
  kind: string
  /** As SQL refers to it, quoted where that is needed; a function with its arguments. */
  name: string
  owner: string
}

export interface DatabaseFact {
  role: RoleFact | null
  database: {
    owner: string
    encoding: string
    allowsConnections: boolean
    /** Who may connect to it, besides superusers; `PUBLIC` is everybody. Sorted. */
    connect: string[]
    /** What the role does not own, without the system's own and without what belongs to an extension; the first thousand. */
    foreign: DatabaseObject[]
    /** How many there are in all. */
    foreignCount: number
  } | null
}

export interface PoolerFact {
  running: boolean
  /** Null where there is no such file. */
  config: {
    /** Whether it includes the file of databases. */
    includes: boolean
    /** Its settings in `[pgbouncer]`, by name, the last one where there are several. */
    settings: Record<string, string>
  } | null
  /** The database's entry: what stands behind `<database> =`. */
  entry: string | null
  /** Whether the role has a line among the users at all, and its credential where that is SCRAM-SHA-256. */
  listed: boolean
  credential: CredentialFact | null
}

export interface RouteFact {
  connected: boolean
  database?: string
  user?: string
  /** Why not, in the server's own words. */
  error?: string
}

export interface CertificateFact {
  /** Whether both files are there. */
  exists: boolean
  /** DNS names that it is for, as they stand in it. */
  names?: string[]
  issuer?: string
  /** Whether it signed itself. */
  selfSigned?: boolean
  /** ms since the epoch. */
  validFromMs?: number
  validToMs?: number
  /** Whether the key is the certificate's own. */
  keyMatches?: boolean
}

/** Which fact answers which kind of question. */
interface Facts {
  tree: TreeFact
  file: FileFact
  releases: ReleasesFact
  processes: ProcessesFact
  probe: ProbeFact
  connections: ConnectionsFact
  bind: BindFact
  nginx: NginxFact
  migrations: MigrationsFact
  tools: ToolsFact
  account: AccountFact
  group: GroupFact
  database: DatabaseFact
  pooler: PoolerFact
  route: RouteFact
  certificate: CertificateFact
  capacity: CapacityFact
  clock: ClockFact
  lock: LockFact
  backups: BackupsFact
  reboot: RebootFact
  'nginx-test': NginxTestFact
  inventory: InventoryFact
}

export type FactOf<R extends FactRequest> = Facts[R['kind']]

/** One answer: the fact, or why it could not be looked at. */
export type Answer<R extends FactRequest = FactRequest> = { ok: true; fact: FactOf<R> } | { ok: false; cause: string }

export type Answers<Q extends Record<string, FactRequest>> = { [K in keyof Q]: Answer<Q[K]> }
