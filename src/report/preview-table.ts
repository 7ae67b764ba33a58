import type { PlannedTenant, Preview, PullRequestPreview } from './preview-report.ts'
import type { Failure, LaneName, LaneReport } from './report.ts'
import { count, number, size } from './format.ts'
import { code, fittedTable, link, words } from './markdown-parts.ts'
import { countFiles } from './words.ts'

/** A tenant's lane, and what is known of it. */
export interface PreviewRow {
  tenant: string
  /** `all` where nobody knows which it has. */
  lane: LaneName | 'all'
  preview: Preview | null
  /** Null where it was not come to. */
  report: LaneReport | null
  /** What kept it from being previewed. */
  failure: Failure | null
  run: string | null
}

/** Those first that could not be previewed, then those that change. */
export function previewRows({ tenants, run }: PullRequestPreview): PreviewRow[] {
  const rows = tenants.flatMap((planned) => rowsOf(planned, run))
  return rows.toSorted((one, other) => rank(one) - rank(other))
}

function rowsOf(planned: PlannedTenant & { preview: Preview | null }, run: string | null): PreviewRow[] {
  const { tenant, preview } = planned
  const outside = preview?.report.failure ?? preview?.report.provision?.failure ?? null
  const known = preview?.report.lanes.map(({ lane }) => lane) ?? []
  // Of one that was not come to, only the plan knows.
  const lanes =
    preview !== null && preview.lanes.length > 0 ? preview.lanes : known.length > 0 ? known : [planned.lanes]
  return lanes.map((lane) => {
    const report = preview?.report.lanes.find((one) => one.lane === lane) ?? null
    return { tenant, lane, preview, report, failure: report === null ? outside : report.failure, run }
  })
}

/** Whether it is not known what would ship. */
export function isFailed({ report, failure }: PreviewRow): boolean {
  return report === null || failure !== null
}

/** Whether there is something to be read of it. */
export function isTold(row: PreviewRow): boolean {
  if (isFailed(row)) return row.failure !== null
  const { changed, uncompared, warnings } = row.report!
  return changed || uncompared !== null || warnings.length > 0 || provisioned(row) > 0
}

function rank(row: PreviewRow): number {
  if (isFailed(row)) return 0
  return row.report!.changed || provisioned(row) > 0 ? 1 : 2
}

const head = [' ', 'Tenant', 'Lane', 'Created', 'Changed', 'Deleted', 'Size', 'nginx', 'Migrations', 'Restart', 'Note']

/** As many rows as fit; the others are counted. */
export function previewTable(rows: PreviewRow[]): (bytes: number) => string {
  return fittedTable(head, rows, cells, 1000)
}

function cells(row: PreviewRow): string[] {
  const { tenant, lane, report } = row
  if (report === null || row.failure !== null)
    return ['❌', code(tenant), lane, '', '', '', '', '', '', '', failedNote(row)]
  const { files, site, migrations, restarts } = report
  const isKnown = report.uncompared === null
  const counted = (paths: string[]) => (isKnown ? number(paths.length) : '?')
  return [
    rank(row) === 1 ? '🔍' : '➖',
    code(tenant),
    lane,
    counted(files.created),
    counted(files.changed),
    counted(files.deleted),
    isKnown ? (countFiles(files) === 0 ? '' : size(files.bytes)) : '?',
    site?.changed === true ? 'changes' : '',
    migrations === null || migrations.pending.length === 0 ? '' : `${number(migrations.pending.length)} pending`,
    restarts === null ? '' : restarts ? 'yes' : 'no',
    notes(row, report).join('; ')
  ]
}

function failedNote({ preview, failure, run }: PreviewRow): string {
  if (failure !== null) return `${words(failure.step, 60)} failed: ${words(failure.message, 200)}`
  const before = preview?.report.lanes.find((lane) => lane.failure !== null)
  if (before !== undefined) return `not come to: ${before.lane} failed before it`
  const why = preview === null ? 'its job left no preview' : 'it was not come to'
  return run === null ? why : `${why}: ${link(run, 'see the run')}`
}

function notes(row: PreviewRow, { uncompared, env, warnings }: LaneReport): string[] {
  const names = env === null ? 0 : env.added.length + env.changed.length + env.removed.length
  const own = provisioned(row)
  return [
    ...(uncompared === null ? [] : ['files not compared']),
    ...(names === 0 ? [] : [`environment: ${count(names, 'name')}`]),
    ...(own === 0 ? [] : [`provision: ${count(own, 'change')}`]),
    ...(warnings.length === 0 ? [] : [count(warnings.length, 'warning')])
  ]
}

/** What would be made for the tenant itself is told with its first lane. */
function provisioned({ preview, lane }: PreviewRow): number {
  const first = preview?.report.lanes[0]?.lane
  return first === lane ? (preview?.report.provision?.changes.length ?? 0) : 0
}
