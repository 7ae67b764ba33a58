import { count } from './format.ts'
import { code, fit, fittedTable, words } from './markdown-parts.ts'
import type { PlannedTenant, PlanReason, PlanReport } from './plan-report.ts'
import { laneWords, paceLine, planChangeLine, planGroups, planTitle, type PlanGroup } from './plan-words.ts'

// GitHub drops a job summary above 1 MiB whole.
const defaultMaxBytes = 900 * 1024

// A cell is read at a glance.
const namedTenants = 30

/** A plan as a job summary: who is in, with which lanes, and why. Never longer than `maxBytes`; what is left out is counted. */
export function renderPlanMarkdown(report: PlanReport, options: { maxBytes?: number } = {}): string {
  const groups = planGroups(report.tenants)
  const lines = [planChangeLine(report), paceLine(report)].filter((line) => line !== null)
  return fit(
    [
      `## 🗺️ Plan: ${words(planTitle(report))}\n\n${[words(report.scope), ...lines.map((line) => words(line))].join(' · ')}`,
      groups.length === 0 ? '' : fittedTable(['Tenants', 'Lanes', 'Why'], groups, row, 2000),
      goneLine(report)
    ],
    options.maxBytes ?? defaultMaxBytes
  )
}

function row({ tenants, lanes, reasons }: PlanGroup): string[] {
  const more = tenants.length - namedTenants
  const names = tenants.slice(0, namedTenants).map(nameCell).join(', ')
  return [more > 0 ? `${names} and ${count(more, 'more', 'more')}` : names, laneWords[lanes], reasonsCell(reasons)]
}

function nameCell({ tenant, canary, faulty }: PlannedTenant): string {
  return `${code(tenant)}${canary ? ' (first)' : ''}${faulty ? ' ⚠️ its manifest has faults' : ''}`
}

function reasonsCell(reasons: readonly PlanReason[]): string {
  return reasons.map(({ what, files, example }) => `${words(what)}${filesPart(files, example)}`).join('<br>')
}

function filesPart(files: number, example: string | null): string {
  if (example === null) return ''
  return files === 1 ? ` (${code(example)})` : ` (${count(files, 'file')}, as ${code(example)})`
}

function goneLine({ gone }: PlanReport): string {
  if (gone.length === 0) return ''
  const more = gone.length - namedTenants
  const names = gone.slice(0, namedTenants).map(code).join(', ')
  const all = more > 0 ? `${names} and ${count(more, 'more', 'more')}` : names
  return `Taken away: ${all}. Nothing is deployed for them, and nothing removed; what is left on a host is for doctor to tell.`
}
