import type { Tell } from './report.ts'
import { lineProgress } from './progress-lines.ts'
import { liveProgress } from './progress-live.ts'

export interface Stream {
  write(text: string): void
  isTTY?: boolean
  columns?: number
}

export interface ProgressOptions {
  color: boolean
  /** Also show what installs and builds print. */
  verbose: boolean
}

export interface RunningProgress {
  tell: Tell
  /** Ends the clock and leaves the terminal clean; call it before the report is printed. */
  stop(): void
}

/** Tells what a run is doing: on a terminal in one line that ticks, elsewhere in whole lines. */
export function terminalProgress(stream: Stream, options: ProgressOptions): RunningProgress {
  return stream.isTTY === true
    ? liveProgress(stream, options)
    : lineProgress((line) => stream.write(`${line}\n`), options)
}
