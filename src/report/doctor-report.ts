import type { Difference, Failure, Verdict } from './report.ts'

/** What else was found wrong because of a finding: it goes away with it, and has no line of its own. */
export interface Consequence {
  tenant: string | null
  address: string
  /** In a few words, what it is. */
  summary: string
}

/** One thing that is not as it should be, or that could not be looked at. */
export interface DoctorFinding {
  /** Null where it is the host's own, and no single tenant's. */
  tenant: string | null
  host: string
  /** As in `app.environment`. */
  address: string
  verdict: Exclude<Verdict, 'in-sync'>
  differences: Difference[]
  /** Unified diff from what is live to what is desired, of a text that differs. */
  diff?: string
  /** Why it is unknown. */
  cause?: string
  /** The command that repairs it, or what a person does. */
  remedy: string
  consequences: Consequence[]
}

/** `unknown`: nothing is known to be wrong, and something could not be looked at. */
export type Health = 'in-sync' | 'drifted' | 'unknown'

export interface DoctorTenant {
  tenant: string
  host: string
  health: Health
  /** How many things were compared. */
  checked: number
}

export interface DoctorHost {
  host: string
  /** What it has besides its tenants: disk, clock, what nobody declares. */
  health: Health
  checked: number
  /** How long it took, in ms, its tenants' public addresses included. */
  ms: number
}

/** What doctor found on some tenants and their hosts, as plain data. It holds what is not in sync, and nothing else. */
export interface DoctorReport {
  command: 'doctor'
  tenants: DoctorTenant[]
  hosts: DoctorHost[]
  /** By host and tenant, in the order in which things depend on each other. */
  findings: DoctorFinding[]
  exitCode: number
  commit: string | null
  by: string
  /** Link to the workflow run. */
  run: string | null
  /** ISO 8601 in UTC. */
  startedAt: string
  ms: number
  /** Why nothing was looked at at all: a manifest, an argument, an interruption. */
  failure: Failure | null
}
