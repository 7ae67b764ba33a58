import { tenantJsonSchema } from '../../../src/tenant/json-schema.ts'
import { complaintLine } from '../../../src/tenant/complaint.ts'
import { explain } from '../../../src/tenant/explain.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import { readSource } from '../../../src/tenant/source.ts'
import type { Path } from '../../../src/tenant/source.ts'

/** A tenant's file that holds every key. */
export function fullTenant(): Record<string, unknown> {
  return {
    name: 'acme',
    host: 'web-1',
    tls: { certificate: '/etc/ssl/tenants/acme.crt', key: '/etc/ssl/tenants/acme.key' },
    database: { name: 'acme', role: 'acme', password: 'ACME_DATABASE_PASSWORD' },
    canary: true,
    app: {
      domain: 'booking.acme.example',
      redirects: ['book.acme.example'],
      source: 'apps/booking',
      ports: [4101, 4102],
      health: '/api/health',
      install: 'npm ci',
      build: 'npm run build',
      start: 'node_modules/.bin/next start --hostname 127.0.0.1',
      lockfile: 'package-lock.json',
      cache: ['.next/cache'],
      static: { from: '.next/static', at: '/_next/static/' },
      migrations: 'migrations',
      env: { BRAND_NAME: 'Acme' },
      secrets: { SESSION_SECRET: 'ACME_SESSION_SECRET' },
      headers: { 'Permissions-Policy': 'geolocation=(), camera=()' },
      assets: ['/favicon.ico'],
      body_limit: '10m',
      drain_seconds: 30,
      health_seconds: 60,
      build_minutes: 15
    },
    marketing: {
      domain: 'www.acme.example',
      redirects: ['acme.example'],
      source: { repository: 'acme/website', ref: 'main', token: 'ACME_WEBSITE_TOKEN' },
      build: 'npm run build',
      output: 'out',
      widget: { file: 'public/widget/booking.js', to: 'assets/booking.js', api: '/api/bookings' },
      assets: ['/assets/logo.svg'],
      headers: { 'X-Frame-Options': 'DENY' }
    }
  }
}

/** The full tenant with one value changed, added, or taken out where it is undefined. */
export function tenantWith(path: Path, value: unknown): Record<string, unknown> {
  const tenant = fullTenant()
  put(tenant, path, value)
  return tenant
}

/** The same with just the lane that the path is about: reading YAML is what takes the time. */
export function laneWith(path: Path, value: unknown): Record<string, unknown> {
  const tenant = fullTenant()
  if (path[0] !== 'marketing') delete tenant['marketing']
  // The widget comes from the app.
  else if (path[1] !== undefined && path[1] !== 'widget') {
    for (const other of [['app'], ['database'], ['marketing', 'widget']]) put(tenant, other, undefined)
  }
  put(tenant, path, value)
  return tenant
}

export function put(data: unknown, path: Path, value: unknown): void {
  const [last] = path.slice(-1)
  let at = data as Record<PropertyKey, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<PropertyKey, unknown>
  if (value === undefined) delete at[last!]
  else at[last!] = value
}

/** The complaints about a tenant's file, as they are printed. */
export function complaintsAbout(data: unknown): string[] {
  return complaintsIn(JSON.stringify(data))
}

export function complaintsIn(text: string): string[] {
  const source = readSource('tenant.yml', text)
  if (source.data === undefined) return source.complaints.map(complaintLine)
  const parsed = tenantSchema.safeParse(source.data)
  return parsed.success ? [] : explain(source, parsed.error.issues, tenantJsonSchema()).map(complaintLine)
}
