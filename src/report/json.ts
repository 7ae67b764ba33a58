import type { Difference, FileChanges, LaneReport, ProvisionReport, Report } from './report.ts'
import { cutTexts, firstThatFits, limits } from './json-parts.ts'
import type { JsonOptions } from './json-parts.ts'

/** The lists of paths were shortened; each number says how many are left out. */
type ShortenedFiles = FileChanges & { truncated: { created: number; changed: number; deleted: number } }

/**
 * The report alone, keys in the order in which the report was made. Where `maxBytes` is given and the
 * report is longer, lists of paths are shortened first and `files.truncated` counts what is left out;
 * then lists of differences, with a `truncated` beside them; only then are long texts cut.
 */
export function renderJson(report: Report, options: JsonOptions = {}): string {
  return firstThatFits(shorter(report), options)
}

/** The report, and then one that says less each time. */
function* shorter(report: Report): Generator<unknown> {
  yield report
  const { provision } = report
  for (const paths of limits(4096)) yield { ...report, lanes: report.lanes.map((lane) => shorten(lane, paths)) }
  const pathless = { ...report, lanes: report.lanes.map((lane) => shorten(lane, 0)) }
  let bare = pathless
  for (const differences of limits(256)) {
    bare = {
      ...pathless,
      provision: provision === null ? null : fewerDifferences(provision, differences),
      lanes: pathless.lanes.map((lane) => ({ ...lane, findings: lane.findings.map(shortList(differences)) }))
    }
    yield bare
  }
  for (const length of [8000, 2000, 500, 100, 20, 5]) yield cutTexts(bare, length)
}

function fewerDifferences(provision: ProvisionReport, limit: number): ProvisionReport {
  const { changes, findings } = provision
  return { ...provision, changes: changes.map(shortList(limit)), findings: findings.map(shortList(limit)) }
}

function shortList(limit: number): <T extends { differences: Difference[] }>(owner: T) => T {
  return (owner) => {
    const truncated = owner.differences.length - limit
    return truncated <= 0 ? owner : { ...owner, differences: owner.differences.slice(0, limit), truncated }
  }
}

function shorten(lane: LaneReport, paths: number): LaneReport & { files: ShortenedFiles } {
  const { created, changed, deleted, bytes } = lane.files
  const left = (list: string[]) => Math.max(0, list.length - paths)
  return {
    ...lane,
    files: {
      created: created.slice(0, paths),
      changed: changed.slice(0, paths),
      deleted: deleted.slice(0, paths),
      bytes,
      truncated: { created: left(created), changed: left(changed), deleted: left(deleted) }
    }
  }
}
