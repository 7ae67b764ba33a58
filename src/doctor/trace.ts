import type { Consequence } from '../report/doctor-report.ts'
import type { Finding } from '../report/report.ts'

/** A finding on its way into the report: whose it is, and what is done about it. */
export interface Trace extends Finding {
  /** Null where it is the host's own. */
  tenant: string | null
  diff?: string
  /** Nothing at all answers at a public address. */
  noAnswer?: boolean
  remedy: string
  consequences: Consequence[]
}

export function trace(tenant: string | null, finding: Finding & { diff?: string }, remedy: string): Trace {
  return { ...finding, tenant, remedy, consequences: [] }
}

/** What could not be looked at, and why. */
export function unseen(address: string, cause: string): Finding {
  return { address, verdict: 'unknown', differences: [], cause }
}
