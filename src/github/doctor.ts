import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { asTenantError, ExitCode } from '../errors.ts'
import { renderDoctorMarkdown } from '../report/doctor-markdown.ts'
import type { DoctorReport } from '../report/doctor-report.ts'
import { renderDoctorTerminal } from '../report/doctor-terminal.ts'
import { redaction } from '../redaction.ts'
import type { DoctorRequest } from '../request.ts'
import { runDoctor } from '../run-doctor.ts'
import { ManifestError } from '../tenant/complaint.ts'
import { loadOnCall } from '../tenant/judge-on-call.ts'
import { onCall } from '../tenant/on-call.ts'
import { annotate, complaintAnnotations, doctorAnnotations } from './annotations.ts'
import { answerCommand } from './commands/respond.ts'
import { openApi } from './api.ts'
import { keepIssues } from './drift/keep.ts'
import { nextNights, nightsText, readNights } from './drift/nights.ts'
import { outcomesBlock, type IssueOutcome } from './drift/outcome.ts'
import type { GithubInputs } from './github-inputs.ts'
import { print, warn } from './log.ts'
import { setOutputs } from './outputs.ts'
import { writeSummary } from './summary.ts'

/** The repository that a workflow runs for. */
export interface Place {
  owner: string
  repo: string
}

const ANSWER_BYTES = 50_000

/** Looks at tenants as a step of a workflow: log, annotations, outputs, summary, and the issues about what drifts. */
export async function doctorStep(
  request: DoctorRequest,
  inputs: GithubInputs,
  place: Place,
  signal: AbortSignal
): Promise<number> {
  const now = new Date()
  const { report, error } = await runDoctor(request, signal)
  print(renderDoctorTerminal(report, { color: false, width: 120 }))
  annotate(error instanceof ManifestError ? complaintAnnotations(error.complaints) : doctorAnnotations(report))
  setOutputs(report)
  const kept = inputs.issues && error === null ? await keep(request, report, inputs, place, now) : null
  await writeSummary([renderDoctorMarkdown(report), outcomesBlock(kept?.outcomes ?? [])].join('\n'))
  if (inputs.answer !== null) {
    const markdown = renderDoctorMarkdown(report, { maxBytes: ANSWER_BYTES })
    const ok = report.exitCode === ExitCode.ok || report.exitCode === ExitCode.drift
    for (const text of (await answerCommand(openApi(inputs.token!), inputs.answer, { ok, markdown })).warnings)
      warn(text)
  }
  if (kept === null) return report.exitCode
  // What drifts has its issue, and a run that is red besides would tell it again every night.
  return kept.outcomes.some(({ action }) => action === 'failed') ? ExitCode.failed : ExitCode.ok
}

async function keep(
  request: DoctorRequest,
  report: DoctorReport,
  { nights, token }: GithubInputs,
  place: Place,
  now: Date
): Promise<{ outcomes: IssueOutcome[] }> {
  const { seen, warning } = readNights(nights !== null && existsSync(nights) ? readFileSync(nights, 'utf8') : null)
  const duty = onDuty(request.repository, now)
  for (const text of [warning, duty.warning]) if (text !== null) warn(text)
  const outcomes = await keepIssues(openApi(token!), ofWhole(report, request), {
    ...place,
    onCall: duty.logins,
    now,
    runUrl: request.identity.run,
    seen,
    redact: (text) => redaction.text(text)
  })
  if (nights !== null) writeFileSync(nights, nightsText(nextNights(seen, report, now)))
  for (const { action, tenant, host, note, warnings } of outcomes) {
    if (action === 'failed') warn(`the issue about ${tenant ?? host}: ${note ?? 'it failed'}`)
    for (const text of warnings) warn(text)
  }
  return { outcomes }
}

/** A look at some of a host's tenants says too little of the host itself to open or close its issue. */
function ofWhole(report: DoctorReport, { choice }: DoctorRequest): DoctorReport {
  if (choice === 'all' || 'hosts' in choice) return report
  return { ...report, hosts: [], findings: report.findings.filter(({ tenant }) => tenant !== null) }
}

/** A broken list costs the assignment, and not the issues. */
function onDuty(repository: string, now: Date): { logins: string[]; warning: string | null } {
  try {
    return onCall(loadOnCall(repository), now)
  } catch (thrown) {
    return { logins: [], warning: asTenantError(thrown).message }
  }
}
