import { TenantError } from '../errors.ts'

/** What has to be taken back, in reverse, when a lane fails half-way. */
export class Undo {
  readonly #steps: { what: string; run: () => Promise<void> }[] = []
  #published = false

  add(what: string, run: () => Promise<void>): void {
    this.#steps.push({ what, run })
  }

  /** The new release is live and was seen from outside: from here on there is no way back, and none is needed. */
  forget(): void {
    this.#steps.length = 0
    this.#published = true
  }

  /**
   * Takes everything back and answers with the error to report: the given one, or, where something could not
   * be taken back, one that asks for a person and says for what.
   */
  async rollBack(error: TenantError): Promise<TenantError> {
    const left: string[] = []
    for (const { what, run } of this.#steps.splice(0).reverse()) {
      try {
        await run()
      } catch (thrown) {
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
      needsPerson: true,
      cause: error
    })
  }
}
