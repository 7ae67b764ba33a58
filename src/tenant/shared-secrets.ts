import { z } from 'zod'
import { show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { nearest } from './nearest.ts'
import { valueAt } from './source.ts'
import type { Source } from './source.ts'
import { listOf, text } from './text.ts'
import { secretName, tenantName } from './values.ts'

const all = text({
  noun: '`all` or a list of tenants',
  pattern: /^all$/,
  max: 3,
  write: '`all` or a list',
  example: '[yourbrand, otherbrand]'
}).meta({ description: 'Every tenant.', examples: ['all'] })

/** Secret name to the tenants that may name it; in the fleet's file and in a host's own. */
export const sharedSecrets = z
  .record(secretName, z.union([all, listOf(tenantName).min(1)]).meta({ examples: [['yourbrand', 'otherbrand']] }))
  .default({})

/** Read from the file as it stands, so that a fault elsewhere in it is not reported as a second one in a manifest. */
export function isShared({ data }: Source, secret: string, tenant: string): boolean {
  const tenants = valueAt(data, ['shared_secrets', secret])
  return tenants === 'all' || (Array.isArray(tenants) && tenants.includes(tenant))
}

/** A complaint for each name that none of these tenants has. @param whose completes "there is no tenant x …" */
export function unknownTenants(source: Source, tenants: () => string[], whose: string): Complaint[] {
  const shared = valueAt(source.data, ['shared_secrets'])
  if (typeof shared !== 'object' || shared === null) return []
  const known = tenants()
  const names = new Set(known)
  return Object.entries(shared).flatMap(([secret, list]) =>
    (Array.isArray(list) ? (list as unknown[]) : []).flatMap((name, index) => {
      if (!tenantName.safeParse(name).success || names.has(String(name))) return []
      const near = nearest(String(name), known)
      const message = `there is no tenant ${show(name)} ${whose}`
      const remedy = near === undefined ? 'remove it' : `did you mean \`${near}\`?`
      return [source.complain(['shared_secrets', secret, index], message, remedy)]
    })
  )
}
