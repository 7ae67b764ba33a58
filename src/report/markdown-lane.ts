import type { Finding, LaneReport, Probe, Report, Step } from './report.ts'
import { cut, fenced, lastLines, logLines, markdownCode } from './escape.ts'
import { duration, number } from './format.ts'
import { filesBlock } from './markdown-files.ts'
import { repeatedProbes } from './probes.ts'
import { cappedTable, details, link, table, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { envLine, filesLine, findingsLine, laneWord, migrationsLine, siteLine } from './words.ts'

const icons = { done: '✅', unchanged: '➖', skipped: '⏭️', failed: '❌' } as const

export function laneBlocks(lane: LaneReport, report: Report): Block[] {
  const word = laneWord(lane, report)
  const quiet = lane.failure === null && !lane.changed
  const warnings = lane.warnings.slice(0, 50).map((warning) => `- ⚠️ ${words(warning)}`)
  if (lane.warnings.length > warnings.length) warnings.push(`- … and ${lane.warnings.length - warnings.length} more`)
  return [
    quiet ? quietLine(lane) : `### ${lane.lane}: ${word}\n\n${factsTable(lane, report)}`,
    warnings.join('\n'),
    filesBlock(lane.files, filesTitle(lane, report.dryRun)),
    lane.site === null || lane.site.diff === '' ? '' : siteBlock(lane.site.diff),
    lane.probes.length === 0 ? '' : probesBlock(lane.probes, quiet),
    lane.findings.length === 0 ? '' : findingsBlock(lane.findings, report.dryRun),
    lane.steps.length === 0 ? '' : stepsBlock(lane.steps, lane.failure !== null)
  ]
}

function filesTitle(lane: LaneReport, dryRun: boolean): string {
  if (dryRun) return 'What would ship'
  return lane.failure !== null && lane.release === lane.previous ? 'What was to ship' : 'What shipped'
}

function quietLine(lane: LaneReport): string {
  const release = lane.release === null ? 'nothing is live' : `release ${code(lane.release)} stays`
  return `**${lane.lane}**: nothing to do: ${release} at ${link(lane.url)}`
}

function factsTable(lane: LaneReport, report: Report): string {
  const rows = [
    ['Release', releaseCell(lane, report.dryRun)],
    ['Address', link(lane.url)],
    ['Files', filesLine(lane.files)]
  ]
  if (lane.site !== null) rows.push(['nginx', `${siteLine(lane.site, lane, report.dryRun)} (${code(lane.site.path)})`])
  if (lane.migrations !== null) rows.push(['Migrations', migrationsLine(lane.migrations, code)])
  if (lane.env !== null) rows.push(['Environment', envLine(lane.env, code)])
  return table([' ', lane.lane], rows)
}

function releaseCell(lane: LaneReport, dryRun: boolean): string {
  if (lane.release === null) return 'none is live'
  const release = code(lane.release)
  if (lane.release === lane.previous)
    return dryRun || lane.failure === null ? `${release}, as before` : `${release} still serves`
  return lane.previous === null ? `${release}, the first` : `${release}, before: ${code(lane.previous)}`
}

function probesBlock(probes: Probe[], folded: boolean): string {
  const passed = probes.filter((probe) => probe.ok).length
  const rows = cappedTable(['Health check', 'Status', 'Time', 'Answer'], repeatedProbes(probes), (probe) => [
    `${{ passed: '✅', waiting: '⏳', failed: '❌' }[probe.state]} ${code(probe.url)}`,
    probe.status === undefined ? 'no answer' : String(probe.status),
    duration(probe.ms),
    words(probe.note ?? '', 500) + (probe.times > 1 ? ` (${number(probe.times)} times)` : '')
  ])
  return folded ? details(`Health checks: ${passed} of ${probes.length} passed`, rows) : rows
}

function stepsBlock(steps: Step[], open: boolean): string {
  const rows = cappedTable(['Step', 'Outcome', 'Time', 'Note'], steps, (step) => [
    words(step.name, 200),
    `${icons[step.outcome]} ${step.outcome}`,
    duration(step.ms),
    words(step.note ?? '', 500)
  ])
  const total = steps.reduce((sum, step) => sum + step.ms, 0)
  return details(`Steps: ${steps.length} in ${duration(total)}`, rows, open)
}

/** What is not as it should be is never folded away. */
function findingsBlock(findings: Finding[], dryRun: boolean): string {
  const title = `${dryRun ? 'As the host is now' : 'Checked at the end'}: ${findingsLine(findings)}`
  const wrong = findings.filter((finding) => finding.verdict !== 'in-sync')
  const rows = cappedTable(['Resource', 'Verdict', 'Why'], wrong.length > 0 ? wrong : findings, (finding) => [
    code(finding.address),
    `${finding.verdict === 'in-sync' ? '✅' : finding.verdict === 'unknown' ? '❓' : '⚠️'} ${finding.verdict}`,
    whyCell(finding)
  ])
  return details(title, rows, wrong.length > 0 && !dryRun)
}

function whyCell(finding: Finding): string {
  const differences = finding.differences
    .slice(0, 20)
    .map(
      ({ attribute, expected, actual }) => `${words(attribute, 200)}: expected ${code(expected)}, found ${code(actual)}`
    )
  if (finding.differences.length > 20) differences.push(`… and ${finding.differences.length - 20} more`)
  if (finding.cause !== undefined) differences.push(words(finding.cause, 500))
  return differences.join('<br>')
}

function siteBlock(diff: string): Block {
  const lines = logLines(diff)
  return (bytes) => {
    const room = Math.min(bytes, 64 * 1024)
    const block = details('nginx: the difference', fenced(lastLines(lines, room - 100), 'diff'))
    return Buffer.byteLength(block) <= bytes ? block : ''
  }
}

function code(text: string): string {
  return markdownCode(cut(text, 500))
}
