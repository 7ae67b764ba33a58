import type { LaneName } from '../report/report.ts'
import { certificateFiles } from '../tenant/certificate.ts'
import type { Layout } from '../tenant/layout.ts'
import type { HostFile } from '../tenant/host.ts'
import type { Tenant } from '../tenant/schema.ts'

/** Sent with every answer unless the manifest says otherwise (https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html). */
const SECURITY_HEADERS: Record<string, string> = {
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'SAMEORIGIN',
  'Referrer-Policy': 'strict-origin-when-cross-origin'
}

/** The variables that a site's template may name; docs/templates.md lists them. */
export function siteView(host: HostFile, tenant: Tenant, layout: Layout, lane: LaneName): Record<string, unknown> {
  const site = (lane === 'app' ? tenant.app : tenant.marketing)!
  const certificate = certificateFiles(host, tenant)
  const common = {
    tenant: tenant.name,
    name: tenant.name.replaceAll('-', '_'),
    domain: site.domain,
    redirects: site.redirects,
    all_domains: [site.domain, ...site.redirects].join(' '),
    listen_http: listen(host, host.http_port),
    listen_https: listen(host, host.https_port),
    https_suffix: host.https_port === 443 ? '' : `:${host.https_port}`,
    certificate: certificate.certificate,
    certificate_key: certificate.key,
    acme_webroot: tenant.tls === 'acme' ? [host.acme.webroot] : [],
    current: layout.lane(lane).current,
    tenants_folder: host.root,
    log_folder: host.nginx.logs,
    headers: siteHeaders(site.headers)
  }
  if (lane === 'marketing') return common
  const app = tenant.app!
  return {
    ...common,
    port_a: app.ports[0],
    port_b: app.ports[1],
    marker: layout.marker,
    body_limit: app.body_limit,
    static_at: app.static.at,
    static_folder: layout.staticFolder
  }
}

/** The public address of a lane, as a visitor types it. */
export function siteUrl(host: HostFile, domain: string): string {
  return `https://${domain}${host.https_port === 443 ? '' : `:${host.https_port}`}/`
}

function listen(host: HostFile, port: number): string[] {
  return host.listen === undefined ? [String(port), `[::]:${port}`] : [`${host.listen}:${port}`]
}

/** What a site sends with every answer: a header of the manifest goes before one of ours. */
export function siteHeaders(own: Record<string, string>): { name: string; value: string }[] {
  const merged = new Map(Object.entries(SECURITY_HEADERS).map(([name, value]) => [name.toLowerCase(), { name, value }]))
  for (const [name, value] of Object.entries(own)) merged.set(name.toLowerCase(), { name, value })
  return [...merged.values()]
}
