import type { LaneReport, Probe, Report } from './report.ts'
import type { PendingMigration } from './review-report.ts'
import { fenced, firstLines, lastLines, logLines } from './escape.ts'
import { duration, number, size } from './format.ts'
import { filesBlock } from './markdown-files.ts'
import { repeatedProbes } from './probes.ts'
import { findingsBlock, stepsBlock, warningList } from './markdown-lists.ts'
import { cappedTable, code, details, link, table, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { envLine, filesLine, laneWord, migrationsLine, siteLine } from './words.ts'

export function laneBlocks(lane: LaneReport, report: Report): Block[] {
  const word = laneWord(lane, report)
  const quiet = lane.failure === null && !lane.changed && lane.uncompared === null
  return [
    quiet ? quietLine(lane) : `### ${lane.lane}: ${word}\n\n${factsTable(lane, report)}`,
    warningList(lane.warnings),
    filesBlock(lane.files, filesTitle(lane, report.dryRun)),
    lane.site === null || lane.site.diff === '' ? '' : siteBlock(lane.site.diff),
    ...(lane.migrations?.sql ?? []).map(sqlBlock),
    lane.probes.length === 0 ? '' : probesBlock(lane.probes, quiet),
    findingsBlock(lane.findings, report.dryRun),
    stepsBlock(lane.steps, lane.failure !== null)
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
    ['Files', lane.uncompared === null ? filesLine(lane.files) : words(lane.uncompared)]
  ]
  if (lane.site !== null) rows.push(['nginx', `${siteLine(lane.site, lane, report.dryRun)} (${code(lane.site.path)})`])
  if (lane.migrations !== null) rows.push(['Migrations', migrationsLine(lane.migrations, code)])
  if (report.dryRun && lane.restarts !== null)
    rows.push(['Process', lane.restarts ? 'would be restarted' : 'keeps running'])
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

function sqlBlock({ name, sql, bytes: whole }: PendingMigration): Block {
  const title = `Migration ${code(name)} (${size(whole)})`
  const left = whole - Buffer.byteLength(sql)
  const lines = [...logLines(sql), ...(left > 0 ? [`-- … ${size(left)} more`] : [])]
  return (bytes) => {
    const room = Math.min(bytes, 32 * 1024) - Buffer.byteLength(title) - 100
    const block = details(title, fenced(firstLines(lines, room), 'sql'))
    return Buffer.byteLength(block) <= bytes ? block : ''
  }
}

function siteBlock(diff: string): Block {
  const lines = logLines(diff)
  return (bytes) => {
    const room = Math.min(bytes, 64 * 1024)
    const block = details('nginx: the difference', fenced(lastLines(lines, room - 100), 'diff'))
    return Buffer.byteLength(block) <= bytes ? block : ''
  }
}
