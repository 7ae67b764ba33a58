import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HostFile } from '../tenant/host.ts'
import { loadOffline } from '../tenant/load.ts'
import type { Tenant } from '../tenant/schema.ts'

interface Described {
  tenant: Tenant
  host: HostFile
}

/**
 * What a change says of where secrets go, that the base does not: who may write a branch must not thereby read the secrets
 * that a preview has at hand. Null where it says nothing of the kind.
 */
export function newlyReached({ tenant, host }: Described, repository: string, base: string): string | null {
  const files = [`tenants/hosts/${host.name}.yml`, ...(host.from === undefined ? [] : [host.from])]
  const other = files.find((file) => textOf(base, file) !== textOf(repository, file))
  if (other !== undefined) return `${other} is another than in the base`
  const source = withToken(tenant)
  if (source === null || source === withToken(loadOffline(base, tenant.name)?.tenant)) return null
  return 'marketing.source is another repository, or has another token, than in the base'
}

/** The repository that a token is sent to, and which token that is. */
function withToken(tenant: Tenant | undefined): string | null {
  const source = tenant?.marketing?.source
  if (source === undefined || typeof source === 'string' || source.token === undefined) return null
  return JSON.stringify([source.repository, source.token])
}

/** Null where there is no such plain file. */
function textOf(root: string, file: string): string | null {
  const path = join(root, file)
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : null
}
