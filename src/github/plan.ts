import { renderPlanMarkdown } from '../report/plan-markdown.ts'
import type { PlanReport } from '../report/plan-report.ts'
import { renderPlanTerminal } from '../report/plan-terminal.ts'
import { runPlan, type PlanPlace } from '../run-plan.ts'
import { deployMatrix } from '../tenant/deploy-matrix.ts'
import { annotate, complaintAnnotations } from './annotations.ts'
import { wishOf } from './event.ts'
import { print, setOutput } from './log.ts'
import { writeSummary } from './summary.ts'

export const PLAN_OUTPUTS = ['canary', 'rest', 'faulty', 'at-once', 'failures'] as const

/**
 * Says which tenants and lanes an event is about, and sets as outputs the jobs that deploy them. Faults in manifests are
 * told, and hold nobody up: the job of such a tenant fails by itself.
 */
export async function planStep(place: PlanPlace, name: string, event: unknown): Promise<number> {
  const { report, complaints } = await runPlan(place, wishOf(name, event))
  annotate(complaintAnnotations(complaints).map((annotation) => ({ ...annotation, kind: 'warning' as const })))
  print(renderPlanTerminal(report, { color: false, width: 120 }))
  await writeSummary(renderPlanMarkdown(report))
  for (const [output, value] of Object.entries(planOutputs(report))) setOutput(output, value)
  return 0
}

export function planOutputs(report: PlanReport): Record<(typeof PLAN_OUTPUTS)[number], string> {
  const { canary, rest, faulty } = deployMatrix(report)
  return {
    canary: JSON.stringify(canary),
    rest: JSON.stringify(rest),
    faulty: JSON.stringify(faulty),
    'at-once': String(report.atOnce),
    failures: String(report.failures)
  }
}
