import type { SandboxTenant } from './manifests.ts'
import type { ProcessIdentity } from './processes.ts'

export interface Ports {
  ssh: number
  http: number
  https: number
  postgres: number
  pgbouncer: number
  /** The authority that issues certificates, over HTTPS. */
  acme: number
  acmeManagement: number
  /** The name server that this authority asks. */
  dns: number
  dnsManagement: number
}

/** What the machine lends to the host, which has an /etc and a /usr/local of its own. */
export interface Loan {
  node: string
  /** The folder of npm's own package. */
  npm: string
  /** The Node that runs this npm; absent: the host's own does, for that npm brings along all that it needs. */
  npmNode?: string
  /** The checkout's node_modules, and those packages in it that PM2 consists of. */
  modules: string
  pm2: string[]
  /** Lines of npm's global configuration, without any token. */
  npmrc: string[]
  /** Certificate authorities, in PEM, that Node and npm need to reach the registry as this machine does. */
  authorities?: string
  environment: Record<string, string>
  /** A folder outside the host that keeps npm's caches from one sandbox to the next. */
  npmCache: string
  postgresBin: string
}

/**
 * All that the processes which make the host are told, as one line of JSON on their standard input. The host ends when
 * that is closed, unless a second line, `keep`, came first.
 */
export interface Plan {
  tenants: SandboxTenant[]
  secrets: Record<string, string>
  /** The public key that may log in as `deploy`. */
  authorizedKey: string
  ports: Ports
  loan: Loan
  /** True: no file system of its own is tried. */
  inPlace: boolean
  /** A folder to remove at the end. */
  remove?: string
}

/** What a running host answers with. */
export interface Ready {
  /** The process, as seen from outside, whose namespaces are the host's; absent: the host runs in place. */
  inside?: number
  hostKey: string
  /** In PEM, what signed the certificates of its domains: its own authority, and the one that issues over ACME. */
  authorities: string
}

/** What they answer, one line of JSON each, on their standard output. */
export type Answer =
  | { kind: 'say'; line: string }
  /** The kernel does not let us make a file system of our own. */
  | { kind: 'refused'; reason: string }
  | { kind: 'failed'; reason: string; remedy?: string; log?: string }
  | { kind: 'ready'; ready: Ready }
  /** From the supervisor, before all else. */
  | { kind: 'supervisor'; process: ProcessIdentity }
