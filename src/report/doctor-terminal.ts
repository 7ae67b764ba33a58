import type { DoctorReport } from './doctor-report.ts'
import { groupsOf, membersOf } from './doctor-subjects.ts'
import type { Subject } from './doctor-subjects.ts'
import { doctorFindingLines, shortName } from './doctor-terminal-finding.ts'
import { listLines, sign } from './doctor-terminal-list.ts'
import { doctorExitMeaning, outcomeLine, overallHealth, scopeLine } from './doctor-words.ts'
import { indent } from './columns.ts'
import { visible } from './escape.ts'
import { count, duration } from './format.ts'
import { paint } from './paint.ts'
import type { Paint } from './paint.ts'
import { failureLines } from './terminal-failure.ts'

// Of one tenant or host; `--json` has all.
const listedFindings = 50

/** Doctor's report for a person at a terminal: everything that was looked at in a line each, then what was found. */
export function renderDoctorTerminal(report: DoctorReport, options: { color: boolean; width: number }): string {
  const ink = paint(options.color)
  const columns = Math.max(40, options.width)
  const groups = groupsOf(report)
  const subjects = groups.flatMap(membersOf)
  const lines = [title(report, ink)]
  if (subjects.length > 0) lines.push('', ...listLines(groups, ink))
  for (const subject of subjects) if (subject.findings.length > 0) lines.push('', ...foundLines(subject, ink, columns))
  if (report.failure !== null) lines.push('', ...failureLines(report.failure, null, ink, columns))
  if (report.exitCode !== 0) {
    const meaning = `exit code ${report.exitCode}: ${doctorExitMeaning(report.exitCode)}`
    lines.push('', report.failure === null ? ink.yellow(meaning) : ink.red(meaning))
  }
  return lines.join('\n') + '\n'
}

function title(report: DoctorReport, ink: Paint): string {
  const colors = { 'in-sync': ink.green, drifted: ink.yellow, unknown: ink.cyan, failed: ink.red }
  const outcome = ink.bold(colors[overallHealth(report)](outcomeLine(report)))
  const commit = report.commit === null ? '' : `, commit ${visible(report.commit.slice(0, 12))}`
  const facts = ink.dim(`(${duration(report.ms)}, by ${visible(report.by)}${commit})`)
  return `${ink.bold(scopeLine(report, visible))}: ${outcome} ${facts}`
}

function foundLines({ tenant, host, health, findings }: Subject, ink: Paint, columns: number): string[] {
  const shown = findings.slice(0, listedFindings)
  const left = findings.length - shown.length
  const name = tenant === null ? `host ${shortName(host)}` : `${shortName(tenant)} on ${shortName(host)}`
  return [
    `${sign(health, ink)} ${ink.bold(name)}`,
    ...indent(shown.flatMap((finding) => doctorFindingLines(finding, ink, columns - 2))),
    ...(left > 0 ? [ink.dim(`  … and ${count(left, 'more finding')}; --json lists all`)] : [])
  ]
}
