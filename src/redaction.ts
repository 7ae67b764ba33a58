import { masksOf } from './masks.ts'
import type { DoctorReport } from './report/doctor-report.ts'
import type { Difference, Failure, Progress, Report, Step } from './report/report.ts'

/** What lanes, provision, backups and restores have in common. */
interface Part {
  failure: Failure | null
  steps: Step[]
  warnings?: string[]
  findings?: Told[]
  changes?: Told[]
}

interface Told {
  differences: Difference[]
  cause?: string
  remedy?: string
}

/**
 * Takes secrets out of what is told and reported. A tenant's own programs can print what they were given, and a
 * summary, a comment or a terminal hides nothing by itself.
 */
export class Redaction {
  #masks: string[] = []

  /** From here on these values are shown nowhere. */
  add(values: Iterable<string>): void {
    const masks = new Set([...this.#masks, ...[...values].flatMap(masksOf)])
    this.#masks = [...masks].sort((a, b) => b.length - a.length)
  }

  text(text: string): string {
    return this.#masks.reduce((shown, mask) => shown.replaceAll(mask, '***'), text)
  }

  progress(progress: Progress): Progress {
    if (progress.kind === 'output') return { ...progress, line: this.text(progress.line) }
    if (progress.kind === 'step-end') return { ...progress, step: this.#note(progress.step) }
    if (progress.kind === 'message') return { ...progress, text: this.text(progress.text) }
    return progress
  }

  /** Everything that a program's words can have come into; names and paths stay what they are. */
  report(report: Report): void {
    if (report.failure !== null) report.failure = this.#failure(report.failure)
    for (const part of [report.provision, report.backup, report.restore, ...report.lanes])
      if (part !== null) this.#part(part)
    for (const lane of report.lanes) {
      lane.probes = lane.probes.map((probe) => this.#note(probe))
      if (lane.site !== null) lane.site.diff = this.text(lane.site.diff)
      for (const one of lane.migrations?.sql ?? []) one.sql = this.text(one.sql)
    }
  }

  /** The same for what doctor found, which quotes what programs and visitors' addresses answered. */
  doctorReport(report: DoctorReport): void {
    if (report.failure !== null) report.failure = this.#failure(report.failure)
    for (const finding of report.findings) {
      this.#told(finding)
      if (finding.diff !== undefined) finding.diff = this.text(finding.diff)
      for (const consequence of finding.consequences) consequence.summary = this.text(consequence.summary)
    }
  }

  #part(part: Part): void {
    if (part.failure !== null) part.failure = this.#failure(part.failure)
    part.steps = part.steps.map((step) => this.#note(step))
    if (part.warnings !== undefined) part.warnings = part.warnings.map((warning) => this.text(warning))
    for (const told of [...(part.findings ?? []), ...(part.changes ?? [])]) this.#told(told)
  }

  #told(told: Told): void {
    if (told.cause !== undefined) told.cause = this.text(told.cause)
    if (told.remedy !== undefined) told.remedy = this.text(told.remedy)
    for (const difference of told.differences) difference.actual = this.text(difference.actual)
  }

  #note<T extends { note?: string }>(noted: T): T {
    return noted.note === undefined ? noted : { ...noted, note: this.text(noted.note) }
  }

  #failure(failure: Failure): Failure {
    const { message, where, remedy, log } = failure
    const shown = Object.entries({ message, where, remedy, log })
      .filter(([, text]) => text !== undefined)
      .map(([name, text]) => [name, this.text(text!)])
    return { ...failure, ...(Object.fromEntries(shown) as Partial<Failure>) }
  }
}
