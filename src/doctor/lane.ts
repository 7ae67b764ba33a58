import type { FileFact, Tree } from '../facts/facts.ts'
import type { FilesResource } from '../resources/files.ts'
import type { Inspection } from '../resources/inspect.ts'
import { readRecord, type ReleaseRecord } from '../resources/record.ts'
import type { releaseResource } from '../resources/release.ts'
import { siteText, type SiteResource } from '../resources/site.ts'
import { siteDiff } from '../resources/site-diff.ts'
import type { Difference, Finding } from '../report/report.ts'
import type { shippedSiteResource } from './shipped.ts'

/** What was found of a lane: what somebody changed on the host, and apart from that what is not deployed yet. */
export interface LaneJudgement {
  findings: (Finding & { diff?: string })[]
  /** The host is as it was shipped, and what is desired is another by now. */
  pending: Difference[]
  /** What is live, what it says of itself, and its files as they lie there; null where nothing is, or nobody knows. */
  live: { release: string; record: ReleaseRecord; files: Tree } | null
}

/** The two looks at a tenant: as root, and as its own account. */
export interface Seen {
  root: Inspection
  own: Inspection
}

/** The live release of a lane, without which there is nothing else to compare. */
export function judgeRelease(
  seen: Seen,
  release: ReturnType<typeof releaseResource>,
  files: FilesResource
): LaneJudgement {
  const finding = seen.own.finding(release)
  if (finding.verdict === 'unknown') return { findings: [finding], pending: [], live: null }
  const { releases, record } = seen.own.facts(release)
  if (releases.current === null || !releases.present.includes(releases.current))
    return { findings: [finding], pending: [], live: null }
  const made = readRecord(record)
  if (made === null) return { findings: [finding], pending: [], live: null }
  // What it is made and run with stands in its record, so a difference there is the manifest's doing.
  const there = seen.own.finding(files).verdict === 'unknown' ? {} : seen.own.facts(files).live.files
  return {
    findings: [],
    pending: [...finding.differences],
    live: { release: releases.current, record: made, files: there }
  }
}

/** Of one resource: what differs from what was shipped is the host's doing, and what else differs waits for a deploy. */
export function divide(
  judgement: LaneJudgement,
  shipped: Finding,
  wanted: Finding,
  pending: readonly Difference[] = wanted.differences
): void {
  if (shipped.verdict !== 'in-sync') judgement.findings.push(shipped)
  else if (wanted.verdict !== 'in-sync') judgement.pending.push(...pending)
}

/** The site is what it was published with where a manifest or a template has changed since. */
export function judgeSite(
  judgement: LaneJudgement,
  seen: Seen,
  site: SiteResource,
  published: ReturnType<typeof shippedSiteResource>
): void {
  const finding = seen.root.finding(site)
  if (finding.verdict !== 'drifted') {
    if (finding.verdict !== 'in-sync') judgement.findings.push(finding)
    return
  }
  const live = siteText(seen.root.facts(site).file)
  const [text, rest] = partition(finding.differences, ({ attribute }) => attribute === site.path)
  if (text.length > 0 && live !== null && live === publishedText(seen.own, published)) {
    judgement.pending.push(...text)
    if (rest.length > 0) judgement.findings.push({ ...finding, differences: rest })
    return
  }
  const diff = siteDiff(site.path, live, site.text)
  judgement.findings.push(diff === '' ? finding : { ...finding, diff })
}

/** Null where it can't be read, which another finding tells. */
function publishedText(own: Inspection, published: ReturnType<typeof shippedSiteResource>): string | null {
  if (own.finding(published).verdict === 'unknown') return null
  const file: FileFact = own.facts(published).file
  return siteText(file)
}

export function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}
