import type { Failure, Section } from './report.ts'
import { indent, wrap } from './columns.ts'
import { cut, lastLines, logLines, visible } from './escape.ts'
import type { Paint } from './paint.ts'
import { logBytes } from './terminal-lists.ts'

/** What happened, where, what to do next, and the log that explains it. */
export function failureLines(failure: Failure, section: Section | null, ink: Paint, columns: number): string[] {
  const log = failure.log === undefined ? [] : lastLines(logLines(failure.log), logBytes)
  const lines = [ink.red(ink.bold(`✗ ${section === null ? '' : `${section}: `}${visible(failure.step)} failed`))]
  lines.push(...indent(failure.message.split('\n').flatMap((line) => wrap(visible(cut(line, 4000)), columns - 2))))
  if (failure.where !== undefined) lines.push(`  ${ink.dim('where:')} ${visible(failure.where)}`)
  if (failure.remedy !== undefined) {
    const [first, ...rest] = wrap(`what to do: ${visible(failure.remedy.replaceAll('\n', ' '))}`, columns - 2)
    lines.push(`  ${(first ?? '').replace('what to do:', ink.dim('what to do:'))}`, ...indent(rest))
  }
  return [...lines, ...log.map((line) => ink.dim(`  │ ${line}`))]
}
