import { TenantError } from '../../errors.ts'
import type { Preview } from '../../report/preview-report.ts'
import { renderPreview } from '../../report/preview-markdown.ts'
import { renderTerminal } from '../../report/terminal.ts'
import { runPreview, type PreviewRequest } from '../../run-preview.ts'
import { ManifestError } from '../../tenant/complaint.ts'
import { annotate, complaintAnnotations, reportAnnotations } from '../annotations.ts'
import { actionsProgress, print, setOutput } from '../log.ts'
import { setOutputs } from '../outputs.ts'
import { summaryBytes, writeSummary } from '../summary.ts'
import { writePreview } from './file.ts'

/** Shows what a deploy would do, and leaves it in a file for the job that writes the comment. */
export async function previewStep(request: PreviewRequest, file: string | null, signal: AbortSignal): Promise<number> {
  const progress = actionsProgress()
  const { report, error, lanes, compared, note } = await runPreview(request, progress.tell, signal)
  progress.stop()
  const preview: Preview = {
    tenant: request.tenant,
    lanes,
    commit: request.identity.commit,
    compared,
    note,
    report
  }
  if (note !== null) print(note)
  print(renderTerminal(report, { color: false, width: 120 }))
  annotate(error instanceof ManifestError ? complaintAnnotations(error.complaints) : reportAnnotations(report))
  setOutputs(report)
  if (file !== null) leave(file, preview)
  const all = {
    tenants: [{ tenant: request.tenant, lanes: request.lanes, preview }],
    commit: preview.commit,
    run: request.identity.run,
    complaints: []
  }
  await writeSummary(renderPreview(all, { maxBytes: summaryBytes }))
  return report.exitCode
}

function leave(file: string, preview: Preview): void {
  try {
    writePreview(file, preview)
    setOutput('preview', file)
  } catch (thrown) {
    throw new TenantError('usage', `the preview can't be written: ${(thrown as NodeJS.ErrnoException).code}`, {
      where: 'input preview',
      remedy: 'name a file in a folder that this step may write to',
      cause: thrown
    })
  }
}
