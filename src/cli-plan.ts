import { renderPlanTerminal } from './report/plan-terminal.ts'
import { visible } from './report/escape.ts'
import { redaction } from './redaction.ts'
import { planRevisions } from './run-plan.ts'
import { complaintLine } from './tenant/complaint.ts'

export interface PlanRequest {
  repository: string
  environment: Record<string, string>
  /** Null: where the work here left its upstream's main branch. */
  base: string | null
  head: string
  json: boolean
}

/** `tenant plan`: what would be deployed of what changed between two commits. It fetches nothing. */
export async function showPlan(request: PlanRequest, screen: { color: boolean; width: number }): Promise<number> {
  const { repository, environment, base, head, json } = request
  const signal = new AbortController().signal
  const { report, complaints } = await planRevisions({ repository, environment, signal, fetch: null }, base, head)
  const faults = complaints.map((complaint) => `${visible(complaintLine(complaint))}\n`).join('')
  process.stderr.write(redaction.text(faults))
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : redaction.text(renderPlanTerminal(report, screen))
  )
  return 0
}
