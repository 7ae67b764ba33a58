import { z } from 'zod'
import { TenantError } from '../errors.ts'
import { visible } from '../report/escape.ts'
import type { PlanWish } from '../run-plan.ts'
import { show } from '../tenant/complaint.ts'
import { tenantName } from '../tenant/values.ts'

const LANES = ['marketing', 'app', 'all'] as const

const commit = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
const text = z.string().nullish()

// Of what GitHub sends, the parts that matter here (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
const push = z.object({ before: commit, after: commit, deleted: z.boolean().optional(), ref: text })
const pullRequest = z.object({
  number: z.int(),
  pull_request: z.object({ base: z.object({ sha: commit }), head: z.object({ sha: commit }) })
})
const byHand = z.object({
  inputs: z.object({ tenant: text, lane: z.enum(['', ...LANES]).nullish() }).nullish(),
  sender: z.object({ login: z.string() }).optional()
})
const dispatched = z.object({
  action: text,
  client_payload: z.object({ tenant: tenantName }),
  sender: z.object({ login: z.string() }).optional()
})

/**
 * What an event asks to be planned.
 * @throws TenantError for an event of another kind, or one that does not say what it has to
 */
export function wishOf(name: string, event: unknown): PlanWish {
  switch (name) {
    case 'push': {
      const { before, after, deleted } = read(push, name, event)
      if (deleted === true || /^0+$/.test(after))
        throw unusableEvent('push', 'deletes its branch: there is nothing to deploy', 'run it on pushes of commits')
      const scope = `push of ${after.slice(0, 7)}, compared with ${before.slice(0, 7)}`
      return { kind: 'changes', base: before, head: after, start: 'commit', scope, waves: true }
    }
    case 'pull_request': {
      const { number, pull_request: pull } = read(pullRequest, name, event)
      const scope = `pull request ${number} at ${pull.head.sha.slice(0, 7)}, compared with where it left its base`
      return { kind: 'changes', base: pull.base.sha, head: pull.head.sha, start: 'merge-base', scope, waves: false }
    }
    case 'workflow_dispatch': {
      const { inputs, sender } = read(byHand, name, event)
      const given = inputs?.tenant ?? ''
      const names = [...new Set(given.split(/\s+/).filter((word) => word !== ''))]
      // Blanks are a slip, and "all" is too much to make of one.
      if (given !== '' && names.length === 0)
        throw unusableEvent(
          name,
          'has a tenant of nothing but blanks',
          'name tenants, or leave it empty for all of them'
        )
      const lanes = inputs?.lane || 'all'
      const scope = `asked for by hand${by(sender)}`
      return { kind: 'asked', tenants: names.length === 0 ? 'all' : names, lanes, scope }
    }
    case 'repository_dispatch': {
      const { client_payload: payload, sender } = read(dispatched, name, event)
      const scope = `asked for by its marketing repository${by(sender)}`
      return { kind: 'asked', tenants: [payload.tenant], lanes: 'marketing', scope }
    }
    default:
      throw new TenantError('usage', `the event ${show(name)} does not say what to deploy`, {
        where: 'plan',
        remedy: 'run plan on push, pull_request, workflow_dispatch or repository_dispatch'
      })
  }
}

function by(sender: { login: string } | undefined): string {
  return sender === undefined ? '' : `, by ${visible(sender.login)}`
}

function read<T extends z.ZodType>(schema: T, name: string, event: unknown): z.output<T> {
  const parsed = schema.safeParse(event)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue!.path.map(String).join('.')
  // Only our own words: what somebody sent is not repeated.
  const what = path === '' ? 'is nothing that GitHub sends' : `has no ${path} that can be used`
  throw unusableEvent(name, what, remedies[name] ?? 'run plan on an event as GitHub sends it')
}

const remedies: Record<string, string> = {
  workflow_dispatch: `give the lane as one of ${LANES.join(', ')}, and tenants as names divided by spaces`,
  repository_dispatch:
    'send {"event_type":"deploy-marketing","client_payload":{"tenant":"<name>"}}, as marketing.yml does'
}

function unusableEvent(name: string, what: string, remedy: string): TenantError {
  return new TenantError('usage', `the event ${name} ${what}`, { where: `event ${name}`, remedy })
}
