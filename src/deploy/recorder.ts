import { asTenantError, TenantError } from '../errors.ts'
import type { LaneName, LaneReport, StepOutcome, Tell } from '../report/report.ts'

export type Note = (text: string, outcome?: StepOutcome) => void

/** Keeps a lane's report while the lane runs: each step with its time and outcome, whatever way it ends. */
export class Recorder {
  readonly report: LaneReport
  readonly #tell: Tell
  readonly #signal: AbortSignal
  #step = 'prepare'
  error: TenantError | null = null

  constructor(lane: LaneName, url: string, tell: Tell, signal: AbortSignal) {
    this.#tell = tell
    this.#signal = signal
    this.report = {
      lane,
      release: null,
      previous: null,
      changed: false,
      url,
      files: { created: [], changed: [], deleted: [], bytes: 0 },
      steps: [],
      probes: [],
      site: null,
      migrations: null,
      env: null,
      findings: [],
      warnings: [],
      failure: null
    }
    tell({ kind: 'lane', lane })
  }

  /** Runs one step. An interrupted run starts none. */
  async step<T>(name: string, work: (note: Note) => Promise<T>): Promise<T> {
    this.#step = name
    this.#signal.throwIfAborted()
    const began = performance.now()
    let text: string | undefined
    let outcome: StepOutcome = 'done'
    this.#tell({ kind: 'step-start', lane: this.report.lane, name })
    try {
      return await work((said, how) => {
        text = said
        if (how !== undefined) outcome = how
      })
    } catch (thrown) {
      outcome = 'failed'
      throw thrown
    } finally {
      this.#add(name, performance.now() - began, outcome, text)
    }
  }

  /** Notes a step that there was no need for. */
  skip(name: string, why: string, outcome: StepOutcome = 'skipped'): void {
    this.#add(name, 0, outcome, why)
  }

  warn(text: string): void {
    this.report.warnings.push(text)
    this.#tell({ kind: 'message', text })
  }

  /** Ends the lane with what was thrown in its last step. */
  fail(thrown: unknown): LaneReport {
    const error = asTenantError(thrown)
    this.error = error
    this.report.failure = {
      step: this.#step,
      kind: error.kind,
      message: error.message,
      ...(error.where === undefined ? {} : { where: error.where }),
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      ...(error.log === undefined || error.log === '' ? {} : { log: error.log })
    }
    return this.report
  }

  #add(name: string, ms: number, outcome: StepOutcome, note: string | undefined): void {
    const step = { name, ms: Math.round(ms), outcome, ...(note === undefined ? {} : { note }) }
    this.report.steps.push(step)
    this.#tell({ kind: 'step-end', lane: this.report.lane, step })
  }
}
