import { indent, wrap } from './columns.ts'
import { cut, visible } from './escape.ts'
import { count } from './format.ts'
import { paint, type Paint } from './paint.ts'
import type { PlanReason, PlanReport } from './plan-report.ts'
import { laneWords, paceLine, planChangeLine, planGroups, planTitle, type PlanGroup } from './plan-words.ts'

// `--json` has all.
const shownGroups = 200
const namedTenants = 30

/** A plan for a person at a terminal: who is in, with which lanes, and why. */
export function renderPlanTerminal(report: PlanReport, options: { color: boolean; width: number }): string {
  const ink = paint(options.color)
  const columns = Math.max(40, options.width)
  const groups = planGroups(report.tenants)
  const lines = [`${ink.bold('plan')}: ${ink.bold(planTitle(report))}`, ink.dim(visible(report.scope))]
  for (const line of [planChangeLine(report), paceLine(report)]) if (line !== null) lines.push(ink.dim(visible(line)))
  for (const group of groups.slice(0, shownGroups)) lines.push('', ...groupLines(group, ink, columns))
  const left = groups.length - shownGroups
  if (left > 0) lines.push('', ink.dim(`… and ${count(left, 'more group')}; --json lists all`))
  if (report.gone.length > 0) lines.push('', ...goneLines(report.gone, columns))
  return lines.join('\n') + '\n'
}

function groupLines({ tenants, lanes, reasons }: PlanGroup, ink: Paint, columns: number): string[] {
  const named = tenants.slice(0, namedTenants).map(({ tenant, canary, faulty }) => {
    const mark = `${canary ? ' (first)' : ''}${faulty ? ' (its manifest has faults)' : ''}`
    return `${visible(cut(tenant, 100))}${mark}`
  })
  const more = tenants.length - named.length
  const names = `${named.join(', ')}${more > 0 ? ` and ${count(more, 'more', 'more')}` : ''}: ${laneWords[lanes]}`
  return [...wrap(names, columns).map(ink.bold), ...indent(reasons.map(reasonLine))]
}

function reasonLine({ what, files, example }: PlanReason): string {
  const about = visible(cut(what, 300))
  if (example === null) return about
  const shown = visible(cut(example, 300))
  return files === 1 ? `${about}: ${shown}` : `${about}: ${count(files, 'file')}, as ${shown}`
}

function goneLines(gone: readonly string[], columns: number): string[] {
  const names = gone.slice(0, namedTenants).map((name) => visible(cut(name, 100)))
  const more = gone.length - names.length
  const all = `${names.join(', ')}${more > 0 ? ` and ${count(more, 'more', 'more')}` : ''}`
  return wrap(
    `taken away: ${all}. Nothing is deployed for them, and nothing removed: doctor tells what is left.`,
    columns
  )
}
