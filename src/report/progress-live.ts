import { cutToWidth } from './columns.ts'
import { visible } from './escape.ts'
import { paint } from './paint.ts'
import { currentName, currentState, outputLine, transferWords } from './progress-state.ts'
import type { Current, ProgressOptions, RunningProgress, Stream } from './progress-state.ts'
import { stepLine } from './terminal-lists.ts'

const toLineStart = '\r\x1b[K'

// A build can print thousands of lines a second; a terminal need not be redrawn for each.
const redrawMs = 50

/** Progress on a terminal: what is done scrolls by, what is under way is the last line, and its seconds tick. */
export function liveProgress(stream: Stream, options: ProgressOptions): RunningProgress {
  const ink = paint(options.color)
  let current: Current | null = null
  let clock: NodeJS.Timeout | undefined
  let drawnMs = 0
  const columns = () => Math.max(20, (stream.columns ?? 80) - 1)

  const draw = () => {
    if (current === null) return
    drawnMs = Date.now()
    const state = `  … ${currentName(current)}  ${currentState(current, drawnMs)}`
    const text = cutToWidth(current.output === '' ? state : `${state}  ${current.output}`, columns())
    stream.write(toLineStart + text.slice(0, state.length) + ink.dim(text.slice(state.length)))
  }
  const line = (text: string) => {
    stream.write(`${toLineStart}${text}\n`)
    draw()
  }
  const end = () => {
    clearInterval(clock)
    if (current !== null) stream.write(toLineStart)
    current = null
  }

  return {
    tell: (progress) => {
      switch (progress.kind) {
        case 'lane':
          return line(ink.bold(progress.lane))
        case 'step-start':
          end()
          current = { lane: progress.lane, step: progress.name, sinceMs: Date.now(), transfer: '', output: '' }
          // Progress must never keep the program alive.
          clock = setInterval(draw, 1000).unref()
          return draw()
        case 'step-end':
          end()
          return line(`  ${stepLine(progress.step, ink, { names: 12, columns: columns() - 2 })}`)
        case 'transfer':
          if (current !== null) current.transfer = transferWords(progress)
          return draw()
        case 'output': {
          const text = outputLine(progress.line)
          if (text === '') return
          if (options.verbose) return line(ink.dim(`    │ ${text}`))
          if (current !== null) current.output = text
          if (Date.now() - drawnMs >= redrawMs) draw()
          return
        }
        case 'message':
          return line(`  ${visible(progress.text)}`)
      }
    },
    stop: end
  }
}
