import type { ClockFact } from './host-facts.ts'

export function lookAtClock(): Promise<ClockFact> {
  return Promise.resolve({ nowMs: Date.now() })
}
