import type { LaneName } from '../report/report.ts'
import type { LiveRelease } from './public/live.ts'
import type { Trace } from './trace.ts'

/** What was found out about a tenant on its host. */
export interface Judged {
  traces: Trace[]
  /** How many things were compared. */
  checked: number
  live: Record<LaneName, LiveRelease | null>
  /** What `current` of each lane pointed to, whatever is there; none of a lane that could not be looked at. */
  current: Partial<Record<LaneName, string | null>>
  /** Who held its lock meanwhile; null where nobody did. */
  holder: string | null
}

export const NOTHING: Judged = {
  traces: [],
  checked: 0,
  live: { app: null, marketing: null },
  current: {},
  holder: null
}
