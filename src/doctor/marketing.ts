import { filesResource } from '../resources/files.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import { divide, judgeRelease, judgeSite, partition, type LaneJudgement, type Seen } from './lane.ts'
import type { Subject } from './subject.ts'

/** The marketing lane as root and as the tenant's account have seen it. */
export function judgeMarketing(subject: Subject, seen: Seen): LaneJudgement {
  const lane = subject.marketing!
  const judgement = judgeRelease(seen, lane.release, lane.files)
  if (judgement.live === null) return judgement
  judgeFiles(subject, seen, judgement, judgement.live.record)
  judgeSite(judgement, seen, lane.site, lane.shippedSite)
  return judgement
}

function judgeFiles(subject: Subject, { own }: Seen, judgement: LaneJudgement, record: ReleaseRecord): void {
  const { files, shipping } = subject.marketing!
  const { widget = null } = subject.desire.tenant.marketing!
  const shipped = own.judge(files, filesResource(subject.layout, 'marketing', record.files, null))
  divide(judgement, shipped, own.finding(files), sourceDifferences())
  if (shipped.verdict === 'in-sync' && shipping.mark !== null && shipping.mark !== record.source)
    judgement.pending.push({
      attribute: 'source',
      expected: shortMark(shipping.mark),
      actual: shortMark(record.source)
    })
  judgeWidget()

  /** The widget is the app's, and what it differs from no deploy of another source brings. */
  function sourceDifferences() {
    return own.finding(files).differences.filter(({ attribute }) => attribute !== widget?.to)
  }

  /** Untouched since it was staged, and no longer the one that the live app builds. */
  function judgeWidget(): void {
    if (widget === null || shipped.verdict !== 'in-sync') return
    if (!own.facts(files).widget.exists) {
      const gone = { attribute: widget.file, expected: 'in the live app', actual: 'missing' }
      judgement.findings.push({ address: 'marketing.widget', verdict: 'drifted', differences: [gone] })
      return
    }
    const staged = own.judge(files, filesResource(subject.layout, 'marketing', record.files, widget))
    const [stale] = partition(staged.differences, ({ attribute }) => attribute === widget.to)
    if (stale.length === 0) return
    judgement.findings.push({
      address: 'marketing.widget',
      verdict: 'drifted',
      differences: stale.map(({ expected, ...rest }) => ({ ...rest, expected: `the live app's (${expected})` }))
    })
  }
}

/** A commit, or a digest of what is built; what follows it says how it is built. */
function shortMark(mark: string | null | undefined): string {
  return mark == null ? 'unknown' : mark.slice(0, 12)
}
