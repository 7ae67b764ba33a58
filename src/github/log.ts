import * as core from '@actions/core'
import type { RunningProgress } from '../report/progress-state.ts'
import { lineProgress } from '../report/progress-lines.ts'
import { redaction } from '../redaction.ts'
import { visible } from '../report/escape.ts'
import { withoutCommands } from './workflow-commands.ts'

/** Prints text into the log so that no line of it can be a command to the runner. */
export function print(text: string): void {
  core.info(redaction.text(withoutCommands(text)))
}

export function warn(text: string): void {
  core.warning(redaction.text(text))
}

/** For later steps, which read it as it is: no secret is among it. */
export function setOutput(name: string, value: string | boolean | number): void {
  core.setOutput(name, value)
}

/** Progress in the log of a workflow: a line per step; what installs and builds print is folded into a group. */
export function actionsProgress(): RunningProgress {
  const progress = lineProgress(print, { color: false, verbose: true })
  let step = ''
  let grouped = false
  const endGroup = () => {
    if (grouped) core.endGroup()
    grouped = false
  }
  return {
    tell: (told) => {
      if (told.kind === 'step-start') step = `${told.lane === null ? '' : `${told.lane}: `}${visible(told.name)}`
      if (told.kind === 'output' && !grouped) {
        core.startGroup(redaction.text(withoutCommands(`Output of ${step}`)))
        grouped = true
      } else if (told.kind !== 'output' && told.kind !== 'transfer') endGroup()
      progress.tell(told)
    },
    stop: () => {
      endGroup()
      progress.stop()
    }
  }
}
