import * as core from '@actions/core'
import { redaction } from '../redaction.ts'
import { warn } from './log.ts'

/** GitHub drops a job summary above 1 MiB whole. */
export const summaryBytes = 900 * 1024

/** Adds to the job summary. Reporting never fails a deploy: a summary that can't be written becomes a warning. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(redaction.text(markdown), true).write()
  } catch (error) {
    warn(`the job summary could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
