import { TenantError } from '../errors.ts'
import type { Tenant } from '../tenant/schema.ts'

type Secrets = Record<string, string>

const HAND_OVER =
  "to the secrets of the repository or of the tenant's environment, and hand them over (input secrets: ${{ toJSON(secrets) }}, or TENANT_SECRETS)"

/** @throws TenantError where the secret was not handed over; `where` is the place that names it */
export function secret(secrets: Secrets, name: string, where: string): string {
  const value = secrets[name] ?? ''
  if (value !== '') return value
  throw new TenantError('secret', `the secret ${name} is not set`, { where, remedy: `add ${name} ${HAND_OVER}` })
}

/**
 * The password of a role of PostgreSQL.
 * @throws TenantError where the secret was not handed over, or where no two programs would read it alike
 */
export function rolePassword(secrets: Secrets, name: string, where: string): string {
  const value = secret(secrets, name, where)
  // Others are first brought into a normal form (SASLprep), which each program does in its own way.
  if (/^[\x20-\x7e]+$/.test(value)) return value
  throw new TenantError('secret', `the secret ${name} holds characters that a password may not have`, {
    where,
    remedy: 'use printable ASCII characters alone, without a newline: `openssl rand -hex 24` makes a good one'
  })
}

/** The names of the secrets that the tenant's app needs and that were not handed over. */
export function absentSecrets({ tenant, secrets }: { tenant: Tenant; secrets: Secrets }): string[] {
  const needed = [
    ...(tenant.database === undefined ? [] : [tenant.database.password]),
    ...Object.values(tenant.app?.secrets ?? {})
  ]
  return [...new Set(needed)].filter((name) => (secrets[name] ?? '') === '')
}

/** Names every secret that the tenant's app lacks, all at once. */
export function requireSecrets(desire: { tenant: Tenant; secrets: Secrets }): void {
  const { tenant, secrets } = desire
  const absent = absentSecrets(desire)
  const where = `tenants/${tenant.name}/tenant.yml`
  if (absent.length === 1) secret(secrets, absent[0]!, `${where}, app`)
  if (absent.length > 1) {
    throw new TenantError('secret', `these secrets are not set: ${absent.join(', ')}`, {
      where,
      remedy: `add them ${HAND_OVER}`
    })
  }
}
