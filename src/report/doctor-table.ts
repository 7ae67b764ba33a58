import type { DoctorFinding, Health } from './doctor-report.ts'
import type { Subject } from './doctor-subjects.ts'
import { healthWords } from './doctor-words.ts'
import { count, number } from './format.ts'
import { more } from './markdown-lists.ts'
import { code, details, fittedTable } from './markdown-parts.ts'

export const healthIcons: Record<Health, string> = { 'in-sync': '✅', drifted: '⚠️', unknown: '❓' }

// A cell is read at a glance; the details below have the others.
const namedFindings = 5

/** A row for each tenant and each host, as many as fit. */
export function subjectTable(subjects: Subject[]): (bytes: number) => string {
  const head = ['Tenant', 'Host', 'Verdict', 'Checked', 'Findings', 'What is wrong']
  const row = (subject: Subject) => [
    subject.tenant === null ? '_the host itself_' : code(subject.tenant),
    code(subject.host),
    `${healthIcons[subject.health]} ${healthWords[subject.health]}`,
    number(subject.checked),
    number(subject.findings.length),
    wrongCell(subject)
  ]
  return fittedTable(head, subjects, row, 2000)
}

/** The same in a fold, which says how many there are. */
export function foldedTable(subjects: Subject[], bytes: number): string {
  const tenants = subjects.filter(({ tenant }) => tenant !== null).length
  const title = `In sync: ${count(tenants, 'tenant')} and ${count(subjects.length - tenants, 'host')}`
  return details(title, subjectTable(subjects)(bytes - Buffer.byteLength(details(title, ''))))
}

function wrongCell({ health, findings, because }: Subject): string {
  const reasons = health === 'in-sync' ? [] : because
  return [...named(findings), ...named(reasons).map((name) => `because of ${name}`)].join(', ')
}

function named(findings: DoctorFinding[]): string[] {
  const shown = findings.slice(0, namedFindings).map(({ address, verdict }) => {
    return verdict === 'drifted' ? code(address) : `${code(address)} ${verdict}`
  })
  return [...shown, ...more(findings, shown.length)]
}
