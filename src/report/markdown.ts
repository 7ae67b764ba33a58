import type { Report } from './report.ts'
import { cut, markdownCode } from './escape.ts'
import { duration } from './format.ts'
import { failureBlocks } from './markdown-failure.ts'
import { laneBlocks } from './markdown-lane.ts'
import { cappedTable, fit, link, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { exitMeaning, outcomeWord } from './words.ts'

// GitHub drops a job summary above 1 MiB whole.
const defaultMaxBytes = 900 * 1024

/** The report as a job summary: failures first, then a section per lane. Never longer than `maxBytes`. */
export function renderMarkdown(report: Report, options: { maxBytes?: number } = {}): string {
  const blocks: Block[] = [heading(report)]
  if (report.failure !== null) blocks.push(...failureBlocks(report.failure, null))
  for (const lane of report.lanes) if (lane.failure !== null) blocks.push(...failureBlocks(lane.failure, lane.lane))
  if (report.command === 'releases' && report.failure === null) blocks.push(releasesTable(report))
  else for (const lane of report.lanes) blocks.push(...laneBlocks(lane, report))
  return fit(blocks, options.maxBytes ?? defaultMaxBytes)
}

function heading(report: Report): string {
  const icon = report.outcome === 'failed' ? '❌' : report.dryRun ? '🔍' : report.outcome === 'changed' ? '✅' : '➖'
  const facts = report.host === '' ? [] : [`host ${code(report.host)}`]
  if (report.commit !== null) facts.push(`commit ${code(report.commit.slice(0, 12))}`)
  facts.push(
    `by ${words(report.by, 200)}`,
    duration(report.ms),
    `exit code ${report.exitCode}: ${exitMeaning(report.exitCode)}`
  )
  if (report.run !== null) facts.push(link(report.run, 'workflow run'))
  const lines = [
    `## ${report.command === 'releases' ? '📦' : icon} ${words(report.tenant, 200)}: ${outcomeWord(report)}`
  ]
  if (report.dryRun) lines.push('', '**Dry run: nothing was changed.** This is what would be done.')
  lines.push('', facts.join(' · '))
  return lines.join('\n')
}

function releasesTable(report: Report): string {
  if (report.releases.length === 0) return 'No release yet.'
  return cappedTable(['Lane', 'Release', 'State', 'When', 'Who', 'Commit', 'Run'], report.releases, (release) => [
    release.lane,
    code(release.id),
    release.state === 'live' ? '**live**' : release.state,
    words(release.at, 40),
    words(release.by, 200),
    release.commit === null ? '' : code(release.commit.slice(0, 12)),
    release.run === null ? '' : link(release.run, 'run')
  ])
}

function code(text: string): string {
  return markdownCode(cut(text, 500))
}
