import { TenantError } from '../errors.ts'
import type { Shipment } from './shipment.ts'

/** @throws TenantError where the secret was not handed over. */
export function secret(shipment: Pick<Shipment, 'secrets' | 'tenant'>, name: string, neededFor: string): string {
  const value = shipment.secrets[name]
  if (value !== undefined && value !== '') return value
  throw new TenantError('secret', `the secret ${name} is not set`, {
    where: `tenants/${shipment.tenant.name}/tenant.yml, ${neededFor}`,
    remedy: `add ${name} to the secrets of the repository or of the tenant's environment, and hand them over (input secrets: \${{ toJSON(secrets) }}, or TENANT_SECRETS)`
  })
}

/** Names every secret that the tenant's app lacks, all at once. */
export function requireSecrets(shipment: Pick<Shipment, 'secrets' | 'tenant'>): void {
  const { tenant, secrets } = shipment
  const needed = [
    ...(tenant.database === undefined ? [] : [tenant.database.password]),
    ...Object.values(tenant.app?.secrets ?? {})
  ]
  const absent = [...new Set(needed)].filter((name) => (secrets[name] ?? '') === '')
  if (absent.length === 1) secret(shipment, absent[0]!, 'app')
  if (absent.length > 1) {
    throw new TenantError('secret', `these secrets are not set: ${absent.join(', ')}`, {
      where: `tenants/${tenant.name}/tenant.yml`,
      remedy: `add them to the secrets of the repository or of the tenant's environment, and hand them over (input secrets: \${{ toJSON(secrets) }}, or TENANT_SECRETS)`
    })
  }
}
