import type { TenantError } from '../errors.ts'
import type { Failure } from '../report/report.ts'

/** An error as a report tells it: in which step it happened, and only what is known of it. */
export function failureOf(error: TenantError, step: string): Failure {
  const { where, remedy, log } = error
  const given = Object.entries({ where, remedy, log }).filter(([, value]) => value !== undefined && value !== '')
  return { step, kind: error.kind, message: error.message, ...(Object.fromEntries(given) as Partial<Failure>) }
}
