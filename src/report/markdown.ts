import type { Report } from './report.ts'
import type { Review } from './review-report.ts'
import { failuresOf } from './failures.ts'
import { duration } from './format.ts'
import { backupBlocks, backupsTable, restoreBlocks } from './markdown-backup.ts'
import { failureBlocks } from './markdown-failure.ts'
import { laneBlocks } from './markdown-lane.ts'
import { cappedTable, code, fit, link, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { provisionBlocks } from './markdown-provision.ts'
import { isProvisionShown } from './provision-words.ts'
import { reviewWords } from './review-words.ts'
import { exitMeaning, outcomeWord } from './words.ts'

// GitHub drops a job summary above 1 MiB whole.
const defaultMaxBytes = 900 * 1024

/** The report as a job summary: failures first, then a section for each part of the run. Never longer than `maxBytes`. */
export function renderMarkdown(report: Report, options: { maxBytes?: number } = {}): string {
  const failures = failuresOf(report).flatMap(({ failure, section }) => failureBlocks(failure, section))
  return fit(
    [heading(report), reviewBlock(report.review), ...failures, ...sections(report)],
    options.maxBytes ?? defaultMaxBytes
  )
}

function reviewBlock(review: Review | null): string {
  if (review === null) return ''
  const { head, lines } = reviewWords(review, { name: code, text: (text) => words(text, 500) })
  const number = review.pullRequest === null ? '' : `#${review.pullRequest}`
  // The number becomes a link by itself only where GitHub shows it in the repository that it is of.
  const linked = review.url === null || number === '' ? head : head.replace(number, link(review.url, number))
  return [
    `${reviewIcon(review)} **${linked}.**`,
    ...(lines.length > 0 ? [''] : []),
    ...lines.map((line) => `- ${line}`)
  ].join('\n')
}

function reviewIcon({ lanes }: Review): string {
  if (lanes.some(({ verdict }) => verdict === 'differs')) return '⚠️'
  return lanes.length > 0 && lanes.every(({ verdict }) => verdict === 'same') ? '✅' : '➖'
}

function sections(report: Report): Block[] {
  const { command, tenant, provision, lanes, backup, restore, failure } = report
  if (command === 'releases' && failure === null) return [releasesTable(report)]
  if (command === 'backups' && failure === null) return [backupsTable(report.backups)]
  return [
    ...(provision !== null && isProvisionShown(report) ? provisionBlocks(provision, report.dryRun) : []),
    ...lanes.flatMap((lane) => laneBlocks(lane, report)),
    ...(backup === null ? [] : backupBlocks(backup, tenant)),
    ...(restore === null ? [] : restoreBlocks(restore, tenant))
  ]
}

function heading(report: Report): string {
  const facts = report.host === '' ? [] : [`host ${code(report.host)}`]
  if (report.commit !== null) facts.push(`commit ${code(report.commit.slice(0, 12))}`)
  facts.push(
    `by ${words(report.by, 200)}`,
    duration(report.ms),
    `exit code ${report.exitCode}: ${exitMeaning(report.exitCode)}`
  )
  if (report.run !== null) facts.push(link(report.run, 'workflow run'))
  const lines = [`## ${icon(report)} ${words(report.tenant, 200)}: ${outcomeWord(report)}`]
  if (report.dryRun) lines.push('', '**Dry run: nothing was changed.** This is what would be done.')
  lines.push('', facts.join(' · '))
  return lines.join('\n')
}

function icon({ command, outcome, dryRun }: Report): string {
  if (command === 'releases' || command === 'backups') return '📦'
  if (outcome === 'failed') return '❌'
  if (dryRun) return '🔍'
  return outcome === 'changed' || command === 'backup' ? '✅' : '➖'
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
