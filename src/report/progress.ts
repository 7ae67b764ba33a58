import { lineProgress } from './progress-lines.ts'
import { liveProgress } from './progress-live.ts'
import type { ProgressOptions, RunningProgress, Stream } from './progress-state.ts'

/** Tells what a run is doing: on a terminal in one line that ticks, elsewhere in whole lines. */
export function terminalProgress(stream: Stream, options: ProgressOptions): RunningProgress {
  return stream.isTTY === true
    ? liveProgress(stream, options)
    : lineProgress((line) => stream.write(`${line}\n`), options)
}
