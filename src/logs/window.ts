import { setTimeout as sleep } from 'node:timers/promises'
import type { WatchedLine } from '../facts/logs.ts'
import { inOrder } from './merge.ts'

/** How long a line waits for older ones of other logs, in ms: longer than the host takes from one look to the next. */
const WINDOW_MS = 300
/** So many wait at most; who brings more waits with them. */
const MOST_HELD = 2_000

/** Puts lines that several logs get at about the same time in order, and shows them a moment later. */
export class Window {
  readonly #show: (lines: WatchedLine[]) => Promise<void>
  #held: WatchedLine[] = []
  #showing: Promise<void> | null = null

  constructor(show: (lines: WatchedLine[]) => Promise<void>) {
    this.#show = show
  }

  /** Resolves when more may come. */
  async add(lines: readonly WatchedLine[]): Promise<void> {
    this.#held.push(...lines)
    if (this.#held.length === 0) return
    this.#showing ??= this.#showHeld()
    if (this.#held.length >= MOST_HELD) await this.#showing
  }

  /** Resolves when all is shown. */
  async empty(): Promise<void> {
    await this.#showing
  }

  async #showHeld(): Promise<void> {
    while (this.#held.length > 0) {
      await sleep(WINDOW_MS)
      const lines = inOrder(this.#held)
      this.#held = []
      await this.#show(lines)
    }
    this.#showing = null
  }
}
