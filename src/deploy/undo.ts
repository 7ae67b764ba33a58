import { TenantError } from '../errors.ts'

/** What has to be taken back, in reverse, when a lane fails half-way. */
export class Undo {
  readonly #steps: { what: string; run: () => Promise<void>; seen: boolean }[] = []
  #note: { what: string; run: (error: TenantError) => Promise<void>; seen: boolean } | undefined
  #published = false

  /** @param options.seen whether visitors would see it if it could not be taken back; what they don't see, the next run puts right */
  add(what: string, run: () => Promise<void>, options: { seen: boolean } = { seen: true }): void {
    this.#steps.push({ what, run, ...options })
  }

  /** Has the failure itself noted first, before anything is taken back: taking back may be cut short. */
  note(what: string, run: (error: TenantError) => Promise<void>): void {
    this.#note = { what, run, seen: false }
  }

  /** The new release is live and was seen from outside: from here on there is no way back, and none is needed. */
  forget(): void {
    this.#steps.length = 0
    this.#note = undefined
    this.#published = true
  }

  /**
   * Takes everything back and answers with the error to report: the given one, or, where something could not
   * be taken back, one that says what; it asks for a person where visitors see what was left.
   */
  async rollBack(error: TenantError): Promise<TenantError> {
    const left: string[] = []
    let seenLeft = false
    for (const { what, run, seen } of [this.#note, ...this.#steps.splice(0).reverse()].filter(
      (step) => step !== undefined
    )) {
      try {
        await run(error)
      } catch (thrown) {
        seenLeft ||= seen
        left.push(`${what} (${thrown instanceof Error ? thrown.message : String(thrown)})`)
      }
    }
    // Visitors see the new release, but something behind it was not finished.
    if (this.#published) error.needsPerson = true
    if (left.length === 0) return error
    return new TenantError(error.kind, `${error.message}; and these could not be taken back: ${left.join('; ')}`, {
      ...(error.where === undefined ? {} : { where: error.where }),
      remedy:
        `${error.remedy ?? ''} Then run the same command again: it starts from what the host says is live.`.trim(),
      ...(error.log === undefined ? {} : { log: error.log }),
      needsPerson: error.needsPerson || seenLeft,
      cause: error
    })
  }
}
