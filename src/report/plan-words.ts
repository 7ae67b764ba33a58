import { count, number } from './format.ts'
import type { PlannedTenant, PlanReport } from './plan-report.ts'

/** Tenants that are in a plan for the same reasons, with the same lanes. */
export interface PlanGroup {
  lanes: PlannedTenant['lanes']
  reasons: PlannedTenant['reasons']
  tenants: PlannedTenant[]
}

/** Thousands may be in for one reason, such as a changed template: they are told once. */
export function planGroups(tenants: readonly PlannedTenant[]): PlanGroup[] {
  const groups = new Map<string, PlanGroup>()
  for (const planned of tenants) {
    const { lanes, reasons } = planned
    const key = JSON.stringify([lanes, reasons.map(({ what, files, example }) => [what, files, example])])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { lanes, reasons, tenants: [planned] })
    else group.tenants.push(planned)
  }
  return [...groups.values()]
}

export function planTitle({ tenants, known }: PlanReport): string {
  if (tenants.length === 0) return 'nobody is deployed'
  const waves = [
    [tenants.filter(({ canary }) => canary).length, 'first'],
    [tenants.filter(({ faulty }) => faulty).length, 'with faults in their manifests']
  ] as const
  const parts = waves.flatMap(([found, what]) => (found === 0 ? [] : [`${number(found)} ${what}`]))
  return [`${number(tenants.length)} of ${count(known, 'tenant')}`, ...parts].join(', ')
}

/** What changed at all, in a line. */
export function planChangeLine({ files, everything, tenants }: PlanReport): string | null {
  if (everything !== null) return `Everything counts as changed: ${everything}.`
  if (files === null) return null
  return `${count(files, 'file')} changed${tenants.length === 0 ? '; no tenant ships from there' : ''}.`
}

/** What `fleet.yml` says, where it matters. */
export function paceLine({ tenants, atOnce, failures }: PlanReport): string | null {
  if (tenants.length < 2) return null
  return `${number(atOnce)} at once; after ${count(failures, 'failure')} no other begins.`
}

export const laneWords = { all: 'both lanes', app: 'app', marketing: 'marketing' } as const
