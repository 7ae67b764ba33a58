import type { DoctorReport } from './doctor-report.ts'
import { groupsOf, membersOf, worstFirst } from './doctor-subjects.ts'
import { detailsBlock } from './doctor-details.ts'
import { foldedTable, healthIcons, subjectTable } from './doctor-table.ts'
import { doctorExitMeaning, outcomeLine, overallHealth, scopeLine } from './doctor-words.ts'
import { duration } from './format.ts'
import { failureBlocks } from './markdown-failure.ts'
import { code, fit, link, words } from './markdown-parts.ts'

// GitHub drops a job summary above 1 MiB whole.
const defaultMaxBytes = 900 * 1024

// More of those that are in sync are folded away, below what is not.
const openInSync = 20

/**
 * Doctor's report as a job summary: a row for each tenant and each host, what is not in sync first, and then each
 * finding. Never longer than `maxBytes`; what is left out is counted.
 */
export function renderDoctorMarkdown(report: DoctorReport, options: { maxBytes?: number } = {}): string {
  const maxBytes = options.maxBytes ?? defaultMaxBytes
  const subjects = worstFirst(groupsOf(report).flatMap(membersOf))
  const inSync = subjects.filter(({ health }) => health === 'in-sync')
  const folds = inSync.length > openInSync
  const listed = folds ? subjects.filter(({ health }) => health !== 'in-sync') : subjects
  const failures = report.failure === null ? [] : failureBlocks(report.failure, null)
  return fit(
    [
      heading(report),
      ...failures,
      // The tables have the last word on who is not in sync, so they get their room before any detail.
      listed.length === 0 ? '' : subjectTable(listed)(Math.floor(maxBytes / 3)),
      detailsBlock(subjects.filter(({ findings }) => findings.length > 0)),
      folds ? foldedTable(inSync, Math.floor(maxBytes / 8)) : ''
    ],
    maxBytes
  )
}

function heading(report: DoctorReport): string {
  const icon = { ...healthIcons, failed: '❌' }[overallHealth(report)]
  const facts = report.commit === null ? [] : [`commit ${code(report.commit.slice(0, 12))}`]
  facts.push(
    `by ${words(report.by, 200)}`,
    duration(report.ms),
    `exit code ${report.exitCode}: ${doctorExitMeaning(report.exitCode)}`
  )
  if (report.run !== null) facts.push(link(report.run, 'workflow run'))
  const scope = scopeLine(report, (name) => words(name, 200))
  return `## ${icon} ${scope}: ${outcomeLine(report)}\n\n${facts.join(' · ')}`
}
