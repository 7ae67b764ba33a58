import * as core from '@actions/core'
import type { DoctorFinding, DoctorReport } from '../report/doctor-report.ts'
import { groupsOf, membersOf, worstFirst } from '../report/doctor-subjects.ts'
import type { Subject } from '../report/doctor-subjects.ts'
import { healthWords } from '../report/doctor-words.ts'
import { redaction } from '../redaction.ts'
import { cut, visible } from '../report/escape.ts'
import { count } from '../report/format.ts'
import { failuresOf, warningsOf } from '../report/failures.ts'
import type { Failure, Report, Section } from '../report/report.ts'
import type { Complaint } from '../tenant/complaint.ts'

export interface Annotation {
  kind: 'error' | 'warning'
  title: string
  /** May hold several lines. */
  message: string
  file?: string
  line?: number
  column?: number
}

// GitHub shows this many of each kind per step, and drops the others without a word.
const shown = 10

// An annotation is read in a list; the job summary has all findings.
const shownFindings = 5

export function complaintAnnotations(complaints: readonly Complaint[]): Annotation[] {
  return complaints.map(({ file, line, column, path, message, remedy }) => ({
    kind: 'error',
    title: path === '' ? 'Manifest' : `Manifest: ${visible(path)}`,
    message: lines(message, remedy),
    file,
    line,
    column
  }))
}

export function reportAnnotations(report: Report): Annotation[] {
  const subject = (section: Section | null) => (section === null ? report.tenant : `${report.tenant} ${section}`)
  return [
    ...failuresOf(report).map((found) => failure(found.failure, subject(found.section))),
    ...warningsOf(report).map((found): Annotation => ({
      kind: 'warning',
      title: visible(subject(found.section)),
      message: lines(found.warning)
    }))
  ]
}

/** A warning for each tenant and host that is not in sync, those first of which it is known. */
export function doctorAnnotations(report: DoctorReport): Annotation[] {
  const wrong = worstFirst(groupsOf(report).flatMap(membersOf)).filter(({ health }) => health !== 'in-sync')
  return [...(report.failure === null ? [] : [failure(report.failure, 'doctor')]), ...wrong.map(subjectWarning)]
}

function subjectWarning({ tenant, host, health, findings, because }: Subject): Annotation {
  const rest = findings.length - shownFindings
  return {
    kind: 'warning',
    title: visible(`${tenant === null ? `host ${host}` : `${tenant} on ${host}`}: ${healthWords[health]}`),
    message: lines(
      ...findings.slice(0, shownFindings).map(findingLine),
      rest > 0 ? `and ${count(rest, 'more finding')}` : undefined,
      because.length > 0 ? cut(`because of ${because.map(({ address }) => address).join(', ')}`, 500) : undefined
    )
  }
}

function findingLine({ verdict, address, remedy }: DoctorFinding): string {
  return cut(`${verdict} ${address}; repair: ${remedy.replaceAll('\n', ' ')}`, 500)
}

function failure({ step, message, where, remedy }: Failure, subject: string): Annotation {
  return { kind: 'error', title: visible(`${subject}: ${step} failed`), message: lines(message, where, remedy) }
}

function lines(...texts: (string | undefined)[]): string {
  return texts
    .filter((text) => text !== undefined)
    .flatMap((text) => text.split('\n'))
    .map(visible)
    .join('\n')
}

/** At most ten of each kind; where there are more, the tenth says how many. */
export function capped(annotations: readonly Annotation[]): Annotation[] {
  return (['error', 'warning'] as const).flatMap((kind) => {
    const all = annotations.filter((annotation) => annotation.kind === kind)
    if (all.length <= shown) return all
    const rest = count(all.length - shown + 1, `more ${kind}`)
    return [
      ...all.slice(0, shown - 1),
      { kind, title: rest, message: `${rest}: the log and the job summary have them all` }
    ]
  })
}

export function annotate(annotations: readonly Annotation[]): void {
  for (const { kind, title, message, file, line, column } of capped(annotations)) {
    const place = {
      title: redaction.text(title),
      ...(file === undefined ? {} : { file, startLine: line, startColumn: column })
    }
    if (kind === 'error') core.error(redaction.text(message), place)
    else core.warning(redaction.text(message), place)
  }
}
