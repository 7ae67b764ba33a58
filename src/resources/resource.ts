import type { FactOf, FactRequest } from '../facts/facts.ts'
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
