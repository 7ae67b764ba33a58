import { TenantError } from '../errors.ts'
import type { LaneName } from '../report/report.ts'
import { inOrder } from './complaint.ts'
import { surveyAll, unknownTenant } from './survey.ts'
import type { Survey } from './survey.ts'

/**
 * All manifests, for a plan: nothing is connected to.
 * @throws TenantError for a name that no tenant has
 */
export function surveyPlan(root: string, names: readonly string[] | 'all'): Survey {
  const survey = surveyAll(root, () => false)
  const known = new Set(survey.tenants.map(({ name }) => name))
  const unknown = names === 'all' ? undefined : names.find((name) => !known.has(name))
  if (unknown !== undefined) throw unknownTenant(unknown, survey.tenants)
  return { ...survey, complaints: inOrder(survey.complaints) }
}

/** @throws TenantError where one of those who are named has no such lane */
export function assertHasLanes({ tenants }: Survey, names: readonly string[], lanes: LaneName | 'all'): void {
  if (lanes === 'all') return
  for (const { name, tenant } of tenants) {
    if (tenant === undefined || tenant[lanes] !== undefined || !names.includes(name)) continue
    throw new TenantError('usage', `the tenant ${name} has no ${lanes} lane`, {
      where: `tenants/${name}/tenant.yml`,
      remedy: 'leave it out, or name the other lane'
    })
  }
}
