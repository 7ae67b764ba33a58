import { asTenantError, TenantError } from '../errors.ts'
import type { LaneName, LaneReport, Tell } from '../report/report.ts'
import { failureOf } from './failure.ts'
import { Steps } from './steps.ts'

/** Keeps a lane's report while the lane runs. */
export class Recorder extends Steps {
  readonly report: LaneReport
  readonly #say: Tell
  error: TenantError | null = null

  constructor(lane: LaneName, url: string, tell: Tell, signal: AbortSignal) {
    super(lane, tell, signal)
    this.#say = tell
    this.report = {
      lane,
      release: null,
      previous: null,
      changed: false,
      url,
      files: { created: [], changed: [], deleted: [], bytes: 0 },
      uncompared: null,
      steps: this.list,
      probes: [],
      site: null,
      migrations: null,
      env: null,
      restarts: null,
      fingerprint: null,
      findings: [],
      warnings: [],
      failure: null
    }
    tell({ kind: 'lane', lane })
  }

  warn(text: string): void {
    this.report.warnings.push(text)
    this.#say({ kind: 'message', text })
  }

  /** Ends the lane with what was thrown in its last step. */
  fail(thrown: unknown): LaneReport {
    this.error = asTenantError(thrown)
    this.report.failure = failureOf(this.error, this.current)
    return this.report
  }
}
