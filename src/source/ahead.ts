import type { LaneName } from '../report/report.ts'
import { appSource, marketingSource, type Source } from './source.ts'
import type { Sourcing } from './sourcing.ts'

/** Sources that are read while the connection is made and the host inspected, instead of after it. */
export interface Ahead {
  app?: Promise<Source>
  marketing?: Promise<Source | Source<null>>
}

/** Begins to read the lanes' sources, where they lie in the checkout: what is cloned or built waits for its turn. */
export function readAhead(sourcing: Sourcing, lanes: readonly LaneName[]): Ahead {
  const { marketing } = sourcing.tenant
  const isFolder = typeof marketing?.source === 'string' && marketing.build === undefined
  return {
    ...(lanes.includes('app') && { app: begun(appSource(sourcing)) }),
    // A folder needs no place to work in.
    ...(lanes.includes('marketing') && isFolder && { marketing: begun(marketingSource(sourcing, '')) })
  }
}

/** What fails is thrown to the lane that waits for it; without one it is nobody's failure. */
function begun<T>(reading: Promise<T>): Promise<T> {
  reading.catch(() => undefined)
  return reading
}
