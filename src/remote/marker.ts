import { Transform, type TransformCallback } from 'node:stream'
import type { Channel } from './transport.ts'

/** A script that runs on the host, past whatever a profile printed first. */
export interface Running {
  channel: Channel
  stdout: AfterMarker
}

/** How much a profile may print before the script starts, in bytes. */
const MOST_NOISE = 64 * 1024

/** Drops everything up to and with the marker's line, and remembers whether it came. */
export class AfterMarker extends Transform {
  readonly #line: Buffer
  #held = Buffer.alloc(0)
  seen = false

  constructor(marker: string) {
    super()
    this.#line = Buffer.from(`${marker}\n`)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.seen) return done(null, chunk)
    this.#held = Buffer.concat([this.#held, chunk])
    const at = this.#held.indexOf(this.#line)
    if (at < 0) {
      if (this.#held.length > MOST_NOISE) this.#held = this.#held.subarray(-this.#line.length)
      return done()
    }
    this.seen = true
    const rest = this.#held.subarray(at + this.#line.length)
    this.#held = Buffer.alloc(0)
    done(null, rest.length > 0 ? rest : undefined)
  }

  /** What was printed instead of the marker. */
  get noise(): string {
    return this.#held.toString('utf8')
  }
}
