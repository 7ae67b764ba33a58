import type { Difference, FileChanges, Finding, Probe, Step, StepOutcome } from './report.ts'
import { cutToWidth, indent, pad, width, wrap } from './columns.ts'
import { cut, lastLines, logLines, visible } from './escape.ts'
import { countsLine, groupByFolder, listFolders } from './folders.ts'
import type { Mark } from './folders.ts'
import { count, duration, number } from './format.ts'
import type { Paint } from './paint.ts'
import { repeatedProbes } from './probes.ts'
import { findingsLine } from './words.ts'

// The whole log is on the host; a screen holds its end.
export const logBytes = 4 * 1024

const limits = { perFolder: 12, total: 60 }

/** rsync's list by folder, short enough for a screen; `--json` has all of it. */
export function fileLines(files: FileChanges, ink: Paint): string[] {
  const signs: Record<Mark, string> = { created: ink.green('+'), changed: ink.yellow('~'), deleted: ink.red('-') }
  const { folders, hiddenFolders, hiddenFiles } = listFolders(groupByFolder(files), limits)
  const lines = folders.flatMap((folder) => [
    `  ${visible(folder.path)} ${ink.dim(countsLine(folder.counts))}`,
    ...folder.entries.map(({ mark, name }) => `    ${signs[mark]} ${visible(name)}`),
    ...(folder.hidden > 0 ? [ink.dim(`      … ${count(folder.hidden, 'more file')} not shown`)] : [])
  ])
  if (hiddenFolders === 0) return lines
  const rest = `… ${count(hiddenFolders, 'more folder')} with ${count(hiddenFiles, 'file')} not shown`
  return [...lines, ink.dim(`  ${rest}; --json lists all`)]
}

export function probeLines(probes: Probe[], ink: Paint): string[] {
  const icons = { passed: ink.green('✓'), waiting: ink.yellow('…'), failed: ink.red('✗') }
  return repeatedProbes(probes).map((probe) => {
    const answer = probe.status === undefined ? 'no answer' : String(probe.status)
    const note = probe.note === undefined ? '' : `, ${visible(probe.note)}`
    const times = probe.times > 1 ? `, ${number(probe.times)} times` : ''
    return `  ${icons[probe.state]} ${visible(probe.url)} ${answer} ${ink.dim(`${duration(probe.ms)}${note}${times}`)}`
  })
}

export function stepLines(steps: Step[], ink: Paint, columns: number): string[] {
  const names = Math.max(0, ...steps.map((step) => width(visible(step.name))))
  return steps.map((step) => `  ${stepLine(step, ink, { names, columns: columns - 2 })}`)
}

/** As in "✓ sync      640 ms  3 files". */
export function stepLine(step: Step, ink: Paint, space: { names: number; columns: number }): string {
  const icons: Record<StepOutcome, string> = {
    done: ink.green('✓'),
    unchanged: ink.dim('='),
    skipped: ink.dim('-'),
    failed: ink.red('✗')
  }
  const name = cutToWidth(visible(step.name), space.columns - 12)
  const start = `${pad(name, space.names)}  ${duration(step.ms).padStart(8)}`
  const note = [step.outcome === 'done' ? '' : step.outcome, visible(step.note ?? '')].filter(Boolean).join(': ')
  const room = space.columns - width(start) - 4
  return `${icons[step.outcome]} ${start}${note === '' ? '' : `  ${ink.dim(cutToWidth(note, room))}`}`
}

/** Of `shown` alone it also says what differs; all are counted. */
export function findingLines(findings: Finding[], ink: Paint, shown = findings): string[] {
  if (findings.length === 0) return []
  const allFine = findings.every(({ verdict }) => verdict === 'in-sync')
  const summary = `  checked: ${findingsLine(findings)}`
  return [
    allFine ? ink.dim(summary) : ink.yellow(summary),
    ...shown
      .filter(({ verdict }) => verdict !== 'in-sync')
      .flatMap((finding) => [
        `    ${ink.yellow(finding.verdict)} ${visible(finding.address)}${finding.cause === undefined ? '' : `: ${visible(finding.cause)}`}`,
        ...indent(differenceLines(finding.differences, ink), '      ')
      ])
  ]
}

const shownDifferences = 20

export function differenceLines(differences: Difference[], ink: Paint): string[] {
  const lines = differences
    .slice(0, shownDifferences)
    .map(
      ({ attribute, expected, actual }) => `${short(attribute)}: expected ${short(expected)}, found ${short(actual)}`
    )
  const rest = differences.length - lines.length
  return rest === 0 ? lines : [...lines, ink.dim(`… and ${number(rest)} more; --json lists all`)]
}

function short(text: string): string {
  return visible(cut(text, 500))
}

/** A warning's first line is what it says; others are the log that explains it. */
export function warningLines(warnings: string[], ink: Paint, columns: number): string[] {
  return warnings.flatMap((warning) => {
    const [first = '', ...log] = logLines(warning)
    return [
      ...indent(wrap(`! ${first}`, columns - 2).map(ink.yellow)),
      ...lastLines(log, logBytes).map((line) => ink.dim(`    │ ${line}`))
    ]
  })
}

/** As in "  size        48 kB": names below each other, values beside them. */
export function factLines(facts: (readonly [name: string, value: string])[], ink: Paint): string[] {
  return facts.map(([name, value]) => `  ${ink.dim(pad(name, 12))}${value}`)
}
