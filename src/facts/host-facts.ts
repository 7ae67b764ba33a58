export interface AccountFact {
  exists: boolean
  uid?: number
  home?: string
  shell?: string
  /** Its own group, by name. */
  group?: string
  /** The other groups that it is in, by name, sorted. */
  groups?: string[]
}

export interface GroupFact {
  exists: boolean
}

export interface FileSystem {
  /** The first of the paths that lie on it. */
  path: string
  bytes: number
  /** What an account other than root may still use. */
  bytesFree: number
  /** How many files it can hold, and how many more; both 0 where it does not count them. */
  inodes: number
  inodesFree: number
}

export interface CapacityFact {
  fileSystems: FileSystem[]
}

export interface ClockFact {
  /** ms since the epoch. */
  nowMs: number
}

/** What lies beside a dump of a database, and how large that is; null where there is none. */
export interface Sidecar {
  id: string
  bytes: number | null
  text: string
}

export interface BackupsFact {
  /** By id; sorted. */
  sidecars: Sidecar[]
}

export interface LockFact {
  held: boolean
  /** What the file says of its holder. */
  told: string
}

export interface RebootFact {
  pending: boolean
  /** Which packages wait for it, sorted. */
  packages: string[]
}

export interface NginxTestFact {
  accepted: boolean
  /** What nginx said of it: why not, or a warning. */
  said: string
}

/** Names, sorted; what does not exist holds none. */
export interface InventoryFact {
  accounts: string[]
  folders: string[]
  /** Names of files that nginx includes. */
  sites: string[]
  /** Databases that PgBouncer's file has an entry for. */
  entries: string[]
  /** Units that start with the machine, as in `tenant@yourbrand`. */
  units: string[]
  certificates: string[]
}
