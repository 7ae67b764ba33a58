import { masksOf } from './masks.ts'
import type { Failure, Progress, Report } from './report/report.ts'

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
    for (const lane of report.lanes) {
      if (lane.failure !== null) lane.failure = this.#failure(lane.failure)
      lane.warnings = lane.warnings.map((warning) => this.text(warning))
      lane.probes = lane.probes.map((probe) => this.#note(probe))
      lane.steps = lane.steps.map((step) => this.#note(step))
      if (lane.site !== null) lane.site.diff = this.text(lane.site.diff)
      for (const finding of lane.findings) {
        if (finding.cause !== undefined) finding.cause = this.text(finding.cause)
        for (const difference of finding.differences) difference.actual = this.text(difference.actual)
      }
    }
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
