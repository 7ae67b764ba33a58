import type { FileHandle } from 'node:fs/promises'
import type { LogFormat } from './logs.ts'
import { linesOf, MOST_LINE_BYTES, readAt, timed, type TimedLine } from './log-tail.ts'

/** How much of one file is read at a time, so that one that grows fast does not hold up the others. */
const mostBytes = 1024 * 1024
const newline = 10

/** An open log, and how far it is read. */
export class LogGrowth {
  readonly #handle: FileHandle
  readonly #format: LogFormat
  #position: number
  #begun: Buffer = Buffer.alloc(0)
  #last: number | null

  /** @param last the time of the line before `position`, if one was read */
  constructor(handle: FileHandle, format: LogFormat, position: number, last: number | null) {
    this.#handle = handle
    this.#format = format
    this.#position = position
    this.#last = last
  }

  /** Whole lines that were added since; `more` where there is more to read at once. */
  async read(): Promise<{ lines: TimedLine[]; more: boolean }> {
    const { size } = await this.#handle.stat()
    // It was emptied, as logrotate's `copytruncate` does.
    if (size < this.#position) {
      this.#position = 0
      this.#begun = Buffer.alloc(0)
    }
    if (size === this.#position) return { lines: [], more: false }
    const bytes = await readAt(this.#handle, this.#position, Math.min(size - this.#position, mostBytes))
    this.#position += bytes.length
    const all = Buffer.concat([this.#begun, bytes])
    const end = all.lastIndexOf(newline) + 1
    // Of a line without an end only so much is kept as will be told of it.
    this.#begun = Buffer.from(all.subarray(end, end + MOST_LINE_BYTES))
    const lines = timed(this.#format, linesOf(all.subarray(0, end)), this.#last, Date.now())
    this.#last = lines.at(-1)?.at ?? this.#last
    return { lines, more: this.#position < size }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
