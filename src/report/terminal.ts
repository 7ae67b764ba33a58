import type { Failure, LaneName, LaneReport, Report } from './report.ts'
import { pad, wrap } from './columns.ts'
import { cut, lastLines, logLines, visible } from './escape.ts'
import { duration } from './format.ts'
import { paint } from './paint.ts'
import type { Paint } from './paint.ts'
import { fileLines, findingLines, probeLines, stepLines } from './terminal-lists.ts'
import { envLine, exitMeaning, filesLine, laneWord, migrationsLine, outcomeWord, siteLine } from './words.ts'

// The whole log is on the host; a screen holds its end.
const logBytes = 4 * 1024

/** The report for a person at a terminal: lanes first, failures last, where the eye is when the command ends. */
export function renderTerminal(report: Report, options: { color: boolean; width: number }): string {
  const ink = paint(options.color)
  const columns = Math.max(40, options.width)
  const lines = [title(report, ink)]
  if (report.dryRun) lines.push(ink.yellow('Dry run: nothing was changed. This is what would be done.'))
  if (report.command === 'releases' && report.failure === null) lines.push('', ...releaseLines(report, ink))
  else for (const lane of report.lanes) lines.push('', ...laneLines(lane, report, ink, columns))
  for (const lane of report.lanes)
    if (lane.failure) lines.push('', ...failureLines(lane.failure, lane.lane, ink, columns))
  if (report.failure !== null) lines.push('', ...failureLines(report.failure, null, ink, columns))
  if (report.outcome === 'failed')
    lines.push('', ink.red(`exit code ${report.exitCode}: ${exitMeaning(report.exitCode)}`))
  return lines.join('\n') + '\n'
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
  const warnings = lane.warnings.flatMap((warning) =>
    indent(wrap(`! ${visible(warning)}`, columns - 2).map(ink.yellow))
  )
  if (lane.failure === null && !lane.changed) {
    const release = lane.release === null ? 'nothing is live' : `release ${visible(lane.release)} stays`
    return [
      `${ink.bold(lane.lane)}: nothing to do: ${release} at ${visible(lane.url)}`,
      ...warnings,
      ...findingLines(lane.findings, ink)
    ]
  }
  const word = laneWord(lane, report)
  const facts = [
    ['release', releaseWords(lane)],
    ['address', visible(lane.url)],
    ['files', filesLine(lane.files)]
  ]
  if (lane.site !== null) facts.push(['nginx', siteLine(lane.site, lane, report.dryRun)])
  if (lane.migrations !== null) facts.push(['migrations', migrationsLine(lane.migrations, visible)])
  if (lane.env !== null) facts.push(['environment', envLine(lane.env, visible)])
  return [
    `${ink.bold(lane.lane)}: ${lane.failure === null ? ink.green(word) : ink.red(word)}`,
    ...facts.map(([name, value]) => `  ${ink.dim(pad(name ?? '', 12))}${value}`),
    ...warnings,
    ...fileLines(lane.files, ink),
    ...(report.dryRun && lane.site !== null ? indent(logLines(lane.site.diff).map(ink.dim)) : []),
    ...probeLines(lane.probes, ink),
    ...stepLines(lane.steps, ink, columns),
    ...findingLines(lane.findings, ink)
  ]
}

function releaseWords(lane: LaneReport): string {
  if (lane.release === null) return 'none is live'
  const release = visible(lane.release)
  if (lane.release === lane.previous) return lane.failure === null ? `${release}, as before` : `${release} still serves`
  return lane.previous === null ? `${release}, the first` : `${release}, before: ${visible(lane.previous)}`
}

function failureLines(failure: Failure, lane: LaneName | null, ink: Paint, columns: number): string[] {
  const log = failure.log === undefined ? [] : lastLines(logLines(failure.log), logBytes)
  const lines = [ink.red(ink.bold(`✗ ${lane === null ? '' : `${lane}: `}${visible(failure.step)} failed`))]
  lines.push(...indent(failure.message.split('\n').flatMap((line) => wrap(visible(cut(line, 4000)), columns - 2))))
  if (failure.where !== undefined) lines.push(`  ${ink.dim('where:')} ${visible(failure.where)}`)
  if (failure.remedy !== undefined) {
    const [first, ...rest] = wrap(`what to do: ${visible(failure.remedy.replaceAll('\n', ' '))}`, columns - 2)
    lines.push(`  ${(first ?? '').replace('what to do:', ink.dim('what to do:'))}`, ...indent(rest))
  }
  return [...lines, ...log.map((line) => ink.dim(`  │ ${line}`))]
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
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (row: string[]) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return [ink.dim(line(head)), ...rows.map((row) => (row[2] === 'live' ? ink.green(line(row)) : line(row)))]
}

function indent(lines: string[]): string[] {
  return lines.map((line) => `  ${line}`)
}
