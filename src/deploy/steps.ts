import type { Section, Step, StepOutcome, Tell } from '../report/report.ts'

export type Note = (text: string, outcome?: StepOutcome) => void

/** Keeps the steps of a run while it runs: each with its time and outcome, whatever way it ends. */
export class Steps {
  readonly list: Step[] = []
  readonly #lane: Section | null
  readonly #tell: Tell
  readonly #signal: AbortSignal
  /** The one that runs, or ran last. */
  current = 'prepare'

  constructor(lane: Section | null, tell: Tell, signal: AbortSignal) {
    this.#lane = lane
    this.#tell = tell
    this.#signal = signal
  }

  /** Runs one step. An interrupted run starts none. */
  async step<T>(name: string, work: (note: Note) => Promise<T>): Promise<T> {
    this.current = name
    this.#signal.throwIfAborted()
    const began = performance.now()
    let text: string | undefined
    let outcome: StepOutcome = 'done'
    this.#tell({ kind: 'step-start', lane: this.#lane, name })
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

  #add(name: string, ms: number, outcome: StepOutcome, note: string | undefined): void {
    const step = { name, ms: Math.round(ms), outcome, ...(note === undefined ? {} : { note }) }
    this.list.push(step)
    this.#tell({ kind: 'step-end', lane: this.#lane, step })
  }
}
