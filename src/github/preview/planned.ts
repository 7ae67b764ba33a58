import { z } from 'zod'
import type { PlannedTenant } from '../../report/preview-report.ts'
import { unusable } from '../input.ts'

const tenant = z.string().regex(/^[a-z](?:-?[a-z0-9])*$/)
const lane = z.enum(['marketing', 'app', 'all'])

// The jobs of a call, as `plan` puts them: one by one, or the names alone where they are alike in all else.
const jobs = z.union([
  z.object({ include: z.array(z.object({ tenant, lane })) }).transform(({ include }) => include),
  z
    .object({ tenant: z.array(tenant), lane: z.tuple([lane]) })
    .transform((alike) => alike.tenant.map((one) => ({ tenant: one, lane: alike.lane[0] })))
])
const calls = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' })
      return z.NEVER
    }
  })
  .pipe(z.object({ include: z.array(z.object({ jobs })) }))
// On a pull request all are in `rest`: nobody goes first where nothing is deployed.
const planSchema = z.object({ rest: calls })

/**
 * The tenants of a plan on a pull request, from its outputs, as `toJSON(needs.plan.outputs)` gives them.
 * @throws TenantError for what is no plan
 */
export function plannedFrom(text: string): PlannedTenant[] {
  let plan
  try {
    plan = planSchema.parse(JSON.parse(text))
  } catch {
    throw unusable(
      'planned',
      'is not what the command `plan` gives',
      'hand over its outputs as they are: `planned: ${{ toJSON(needs.plan.outputs) }}`'
    )
  }
  return plan.rest.include
    .flatMap((call) => call.jobs)
    .map((job) => ({ tenant: job.tenant, lanes: job.lane }))
    .toSorted((one, other) => (one.tenant < other.tenant ? -1 : 1))
}
