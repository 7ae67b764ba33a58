import * as core from '@actions/core'

/** Adds to the job summary. Reporting never fails a deploy: a summary that can't be written becomes a warning. */
export async function writeSummary(markdown: string): Promise<void> {
  try {
    await core.summary.addRaw(markdown, true).write()
  } catch (error) {
    core.warning(`the job summary could not be written: ${error instanceof Error ? error.message : String(error)}`)
  }
}
