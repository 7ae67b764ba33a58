import type { Difference, Finding, Step } from './report.ts'
import { lastLines, logLines } from './escape.ts'
import { duration, number } from './format.ts'
import { cappedTable, code, details, words } from './markdown-parts.ts'
import { findingsLine } from './words.ts'

const icons = { done: '✅', unchanged: '➖', skipped: '⏭️', failed: '❌' } as const

export function warningList(warnings: string[]): string {
  const shown = warnings.slice(0, 50).map((warning) => `⚠️ ${warningText(warning)}`)
  return [...shown, ...more(warnings, shown.length)].map((line) => `- ${line}`).join('\n')
}

/** Its first line is what it says; others are the log that explains it. */
export function warningText(warning: string): string {
  const [first = '', ...log] = logLines(warning)
  return [first, ...lastLines(log, 2000)].map((line) => words(line)).join('<br>')
}

export function stepsBlock(steps: Step[], open: boolean): string {
  if (steps.length === 0) return ''
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
export function findingsBlock(findings: Finding[], dryRun: boolean): string {
  if (findings.length === 0) return ''
  const title = `${dryRun ? 'As the host is now' : 'Checked at the end'}: ${findingsLine(findings)}`
  const wrong = findings.filter((finding) => finding.verdict !== 'in-sync')
  const rows = cappedTable(['Resource', 'Verdict', 'Why'], wrong.length > 0 ? wrong : findings, (finding) => [
    code(finding.address),
    `${finding.verdict === 'in-sync' ? '✅' : finding.verdict === 'unknown' ? '❓' : '⚠️'} ${finding.verdict}`,
    whyCell(finding)
  ])
  return details(title, rows, wrong.length > 0 && !dryRun)
}

function whyCell({ differences, cause }: Finding): string {
  return [...differenceParts(differences), ...(cause === undefined ? [] : [words(cause, 500)])].join('<br>')
}

/** What differs, as parts of a cell. */
export function differenceParts(differences: Difference[]): string[] {
  const shown = differences
    .slice(0, 20)
    .map(
      ({ attribute, expected, actual }) => `${words(attribute, 200)}: expected ${code(expected)}, found ${code(actual)}`
    )
  return [...shown, ...more(differences, shown.length)]
}

/** The end of a list that was cut, if it was. */
export function more(all: readonly unknown[], shown: number): string[] {
  return all.length > shown ? [`… and ${number(all.length - shown)} more`] : []
}
