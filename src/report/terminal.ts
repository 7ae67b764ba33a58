import type { LaneReport, Report } from './report.ts'
import { columnLines, indent } from './columns.ts'
import { logLines, visible } from './escape.ts'
import { duration } from './format.ts'
import { paint } from './paint.ts'
import type { Paint } from './paint.ts'
import { failuresOf } from './failures.ts'
import { isProvisionShown } from './provision-words.ts'
import { backupLines, backupsLines, restoreLines } from './terminal-backup.ts'
import { failureLines } from './terminal-failure.ts'
import { reviewWords } from './review-words.ts'
import { factLines, fileLines, findingLines, probeLines, stepLines, warningLines } from './terminal-lists.ts'
import { provisionLines } from './terminal-provision.ts'
import { envLine, exitMeaning, laneFilesLine, laneWord, migrationsLine, outcomeWord, siteLine } from './words.ts'

/** The report for a person at a terminal: failures last, where the eye is when the command ends. */
export function renderTerminal(report: Report, options: { color: boolean; width: number }): string {
  const ink = paint(options.color)
  const columns = Math.max(40, options.width)
  const lines = [title(report, ink)]
  if (report.dryRun) lines.push(ink.yellow('Dry run: nothing was changed. This is what would be done.'))
  for (const section of sections(report, ink, columns)) lines.push('', ...section)
  for (const { failure, section } of failuresOf(report)) lines.push('', ...failureLines(failure, section, ink, columns))
  if (report.review !== null) {
    const { head, lines: differing } = reviewWords(report.review, { name: visible, text: visible })
    lines.push('', `${head}.`, ...indent(differing))
  }
  if (report.outcome === 'failed')
    lines.push('', ink.red(`exit code ${report.exitCode}: ${exitMeaning(report.exitCode)}`))
  return lines.join('\n') + '\n'
}

function sections(report: Report, ink: Paint, columns: number): string[][] {
  const { command, provision, lanes, backup, restore, failure } = report
  if (command === 'releases' && failure === null) return [releaseLines(report, ink)]
  if (command === 'backups' && failure === null) return [backupsLines(report.backups, ink)]
  return [
    ...(provision !== null && isProvisionShown(report) ? [provisionLines(provision, report.dryRun, ink, columns)] : []),
    ...lanes.map((lane) => laneLines(lane, report, ink, columns)),
    ...(backup === null ? [] : [backupLines(backup, report.tenant, ink, columns)]),
    ...(restore === null ? [] : [restoreLines(restore, report.tenant, ink, columns)])
  ]
}

function title(report: Report, ink: Paint): string {
  const word = outcomeWord(report)
  const painted = report.outcome === 'failed' ? ink.red(word) : report.outcome === 'changed' ? ink.green(word) : word
  const commit = report.commit === null ? '' : `, commit ${visible(report.commit.slice(0, 12))}`
  // Which host it is stands in the manifest, which may be what failed.
  const host = report.host === '' ? '' : ` on ${visible(report.host)}`
  return `${ink.bold(visible(report.tenant))}${host}: ${ink.bold(painted)} ${ink.dim(`(${duration(report.ms)}, by ${visible(report.by)}${commit})`)}`
}

function laneLines(lane: LaneReport, report: Report, ink: Paint, columns: number): string[] {
  const warnings = warningLines(lane.warnings, ink, columns)
  if (lane.failure === null && !lane.changed && lane.uncompared === null) {
    const release = lane.release === null ? 'nothing is live' : `release ${visible(lane.release)} stays`
    return [
      `${ink.bold(lane.lane)}: nothing to do: ${release} at ${visible(lane.url)}`,
      ...warnings,
      ...findingLines(lane.findings, ink)
    ]
  }
  const word = laneWord(lane, report)
  const facts: [string, string][] = [
    ['release', releaseWords(lane)],
    ['address', visible(lane.url)],
    ['files', visible(laneFilesLine(lane))]
  ]
  if (lane.site !== null) facts.push(['nginx', siteLine(lane.site, lane, report.dryRun)])
  if (lane.migrations !== null) facts.push(['migrations', migrationsLine(lane.migrations, visible)])
  if (report.dryRun && lane.restarts !== null)
    facts.push(['process', lane.restarts ? 'would be restarted' : 'keeps running'])
  if (lane.env !== null) facts.push(['environment', envLine(lane.env, visible)])
  return [
    `${ink.bold(lane.lane)}: ${lane.failure === null ? ink.green(word) : ink.red(word)}`,
    ...factLines(facts, ink),
    ...warnings,
    ...fileLines(lane.files, ink),
    ...(report.dryRun && lane.site !== null ? indent(logLines(lane.site.diff).map(ink.dim)) : []),
    ...probeLines(lane.probes, ink),
    ...stepLines(lane.steps, ink, columns),
    ...findingLines(lane.findings, ink)
  ]
}

function releaseWords(lane: LaneReport): string {
  if (lane.release === null) return lane.fingerprint?.host === null ? 'the host was not looked at' : 'none is live'
  const release = visible(lane.release)
  if (lane.release === lane.previous) return lane.failure === null ? `${release}, as before` : `${release} still serves`
  return lane.previous === null ? `${release}, the first` : `${release}, before: ${visible(lane.previous)}`
}

function releaseLines(report: Report, ink: Paint): string[] {
  if (report.releases.length === 0) return ['no release yet']
  const rows = report.releases.map((release) => [
    release.lane,
    visible(release.id),
    release.state,
    visible(release.at),
    visible(release.by),
    visible(release.commit?.slice(0, 12) ?? ''),
    visible(release.run ?? '')
  ])
  const head = ['lane', 'release', 'state', 'when', 'who', 'commit', 'run']
  const [first = '', ...lines] = columnLines([head, ...rows])
  return [ink.dim(first), ...lines.map((line, at) => (report.releases[at]?.state === 'live' ? ink.green(line) : line))]
}
