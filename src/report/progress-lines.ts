import { paint } from './paint.ts'
import { currentName, currentState, outputLine, transferWords } from './progress-state.ts'
import type { Current, ProgressOptions, RunningProgress } from './progress-state.ts'
import { stepLine } from './terminal-lists.ts'
import { visible } from './escape.ts'

// A step says that it is still running after this long, and then after twice as long each time.
const firstSignMs = 10_000

// Without a terminal there is no width to keep to; this is only a guard against endless notes.
const columns = 400

/** Progress in whole lines, for a log: a line when a step ends, and a sign of life from one that takes long. */
export function lineProgress(line: (text: string) => void, options: ProgressOptions): RunningProgress {
  const ink = paint(options.color)
  let current: Current | null = null
  let timer: NodeJS.Timeout | undefined

  const signOfLife = (afterMs: number) => {
    timer = setTimeout(() => {
      if (current === null) return
      line(`  … ${currentName(current)} is still running: ${currentState(current, Date.now())}`)
      signOfLife(afterMs * 2)
    }, afterMs)
    // Progress must never keep the program alive.
    timer.unref()
  }

  return {
    tell: (progress) => {
      switch (progress.kind) {
        case 'lane':
          return line(ink.bold(progress.lane))
        case 'step-start':
          clearTimeout(timer)
          current = { lane: progress.lane, step: progress.name, sinceMs: Date.now(), transfer: '', output: '' }
          return signOfLife(firstSignMs)
        case 'step-end':
          clearTimeout(timer)
          current = null
          return line(`  ${stepLine(progress.step, ink, { names: 12, columns })}`)
        case 'transfer':
          if (current !== null) current.transfer = transferWords(progress)
          return
        case 'output': {
          const text = outputLine(progress.line)
          if (options.verbose && text !== '') line(ink.dim(`    │ ${text}`))
          return
        }
        case 'message':
          return line(`  ${visible(progress.text)}`)
      }
    },
    stop: () => {
      clearTimeout(timer)
      current = null
    }
  }
}
