import type { DoctorFinding } from './doctor-report.ts'
import { consequenceLine, remedyLines } from './doctor-words.ts'
import { cutToWidth, indent, wrap } from './columns.ts'
import { cut, firstLines, lastLines, logLines, visible } from './escape.ts'
import type { Paint } from './paint.ts'
import { differenceLines, logBytes } from './terminal-lists.ts'
import { nameList } from './words.ts'

/** One finding for a person: what it is, how it differs, what follows from it, and how to repair it. */
export function doctorFindingLines(finding: DoctorFinding, ink: Paint, columns: number): string[] {
  const { verdict, address, differences, diff, cause } = finding
  const room = columns - 2
  return [
    `${verdict === 'unknown' ? ink.cyan(verdict) : ink.yellow(verdict)} ${shortName(address)}`,
    ...indent([
      ...(cause === undefined ? [] : causeLines(cause, ink, room)),
      ...differenceLines(differences, ink),
      ...(diff === undefined ? [] : diffLines(diff, ink, room)),
      ...alsoLines(finding, ink, room),
      ...repairLines(finding.remedy, ink, room)
    ])
  ]
}

/** A name from outside, short enough for a line. */
export function shortName(name: string): string {
  return cutToWidth(visible(name), 80)
}

/** Its first line is what it says; others are the log that explains it. */
function causeLines(cause: string, ink: Paint, columns: number): string[] {
  const [first = '', ...log] = logLines(cause)
  return [...wrap(cut(first, 2000), columns), ...lastLines(log, logBytes).map((line) => ink.dim(`│ ${line}`))]
}

function diffLines(diff: string, ink: Paint, columns: number): string[] {
  return indent(firstLines(logLines(diff), logBytes).map((line) => ink.dim(cutToWidth(line, columns - 2))))
}

function alsoLines(finding: DoctorFinding, ink: Paint, columns: number): string[] {
  const { consequences } = finding
  if (consequences.length === 0) return []
  const names = consequences.map((found) => consequenceLine(finding, found))
  return wrap(`also: ${nameList(names, shortName)}`, columns).map(ink.dim)
}

/** A command has a line of its own, and is never broken, so that it can be copied. */
function repairLines(remedy: string, ink: Paint, columns: number): string[] {
  const [first, ...others] = remedyLines(remedy)
  if (first === undefined) return []
  const text = ({ text, isCommand }: typeof first) => (isCommand ? [text] : wrap(visible(cut(text, 2000)), columns - 2))
  if (first.isCommand) return [ink.dim('repair:'), ...indent([first, ...others].flatMap(text))]
  const [start = '', ...rest] = wrap(`repair: ${visible(cut(first.text, 2000))}`, columns)
  return [start.replace('repair:', ink.dim('repair:')), ...indent([...rest, ...others.flatMap(text)])]
}
