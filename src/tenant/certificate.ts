import type { Host } from './host.ts'
import type { Tenant } from './schema.ts'

/** The folder that holds a tenant's certificate under certbot's names; a link, so that one rename puts another in its place. */
export function certificateFolder(host: Pick<Host, 'acme'>, tenant: Pick<Tenant, 'name'>): string {
  return `${host.acme.certificates}/${tenant.name}`
}

/** Where nginx finds the tenant's certificate and key. */
export function certificateFiles(
  host: Pick<Host, 'acme'>,
  tenant: Pick<Tenant, 'name' | 'tls'>
): { certificate: string; key: string } {
  if (tenant.tls !== 'acme') return tenant.tls
  const folder = certificateFolder(host, tenant)
  return { certificate: `${folder}/fullchain.pem`, key: `${folder}/privkey.pem` }
}

/** Every public domain of the tenant, of both lanes and their redirects, in the order of the manifest. */
export function tenantDomains(tenant: Pick<Tenant, 'app' | 'marketing'>): string[] {
  return [tenant.app, tenant.marketing].flatMap((lane) => (lane === undefined ? [] : [lane.domain, ...lane.redirects]))
}
