import type { FactOf } from '../facts/facts.ts'
import type { FactRequest } from '../facts/requests.ts'
import type { Command } from '../shell/command.ts'
import type { Difference } from '../report/report.ts'

export type Requests = Record<string, FactRequest>
export type FactsOf<Q extends Requests> = { [K in keyof Q]: FactOf<Q[K]> }

export interface Comparison {
  verdict: 'in-sync' | 'drifted' | 'missing'
  differences: Difference[]
}

/**
 * One managed thing of a tenant: what to ask about it, and a pure comparison of the answers with what is
 * desired. What would make it so belongs to the lane that ships it.
 */
export interface Resource<Q extends Requests = Requests> {
  /** As findings name it: `app.environment`. */
  readonly address: string
  readonly requests: Q
  compare(facts: FactsOf<Q>): Comparison
}

export const IN_SYNC: Comparison = { verdict: 'in-sync', differences: [] }

/** In sync where there are no differences, drifted otherwise. */
export function judged(differences: Difference[]): Comparison {
  return differences.length === 0 ? IN_SYNC : { verdict: 'drifted', differences }
}

export function missing(attribute: string, expected: string): Comparison {
  return { verdict: 'missing', differences: [{ attribute, expected, actual: 'missing' }] }
}

/** A resource that no command of ours converges: a person does what its remedy says. */
export interface Watched<Q extends Requests = Requests> extends Resource<Q> {
  readonly remedy: string
}

/** One step towards what is desired, as a value: nothing runs when it is made. */
export interface Change {
  /** What it does, for a report: `make the account tenant-yourbrand`. Nothing secret stands in it. */
  what: string
  /** The account to run it as: `root`, the tenant's, the administrator of the databases. */
  as: string
  command: Command
  /** Its standard input, which no report shows. */
  input?: string
  /** Default: one minute, in ms. */
  deadlineMs?: number
}

/** A resource that is converged by a few commands, each safe to run again after it was cut short. */
export interface Managed<Q extends Requests = Requests> extends Resource<Q> {
  /** What would make it so, in order; none where only a person can. */
  changes(facts: FactsOf<Q>): Change[]
  /** What a person does about differences that no change converges. */
  readonly remedy?: string
  /** Nothing may be built on it while it differs: where no change converges it, the walk ends. */
  readonly essential?: true
}

/** A resource among others, whatever its facts: `inspect` hands each its own. */
export function managed<Q extends Requests>(resource: Managed<Q>): Managed {
  return resource as unknown as Managed
}
