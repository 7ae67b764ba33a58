import type { Difference, Finding, LaneName } from '../report/report.ts'
import type { LaneJudgement } from './lane.ts'
import type { Shipping } from './subject.ts'

/** What is desired and not deployed yet, as one finding of the lane; null where there is none. */
export function pendingFinding(lane: LaneName, { pending, live }: LaneJudgement, { cause }: Shipping): Finding | null {
  const address = `${lane}.source`
  if (cause !== null) return { address, verdict: 'unknown', differences: [], cause }
  if (pending.length === 0 || live === null) return null
  const deployed: Difference = {
    attribute: 'deployed',
    // Not which commit that is: another one that changes nothing here is no news.
    expected: 'what is on main',
    actual: `release ${live.release}, of commit ${live.record.commit?.slice(0, 12) ?? 'none'}`
  }
  return { address, verdict: 'drifted', differences: [deployed, ...pending] }
}
