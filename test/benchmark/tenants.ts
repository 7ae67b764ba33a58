import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// As a big server may have them; ports are each tenant's own.
const PER_HOST = 100

/** Writes so many manifests of tenants that all ship one app, with their hosts; answers with their names. */
export function generateTenants(root: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, at) => `t-${String(at).padStart(5, '0')}`)
  mkdirSync(join(root, 'tenants/hosts'), { recursive: true })
  for (let at = 0; at * PER_HOST < count; at++) writeFileSync(join(root, `tenants/hosts/web-${at}.yml`), host(at))
  for (const [at, name] of names.entries()) {
    mkdirSync(join(root, 'tenants', name))
    writeFileSync(join(root, 'tenants', name, 'tenant.yml'), manifest(name, at))
  }
  return names
}

function host(at: number): string {
  return `name: web-${at}
address: web-${at}.example.com
user: deploy
host_key: SHA256:${'A'.repeat(43)}
`
}

function manifest(name: string, at: number): string {
  const port = 10_000 + 2 * (at % PER_HOST)
  const plain = name.replaceAll('-', '_')
  return `name: ${name}
host: web-${Math.floor(at / PER_HOST)}
tls: acme
canary: ${at % 500 === 0}
database: { name: ${plain}, role: ${plain}, password: ${plain.toUpperCase()}_DATABASE_PASSWORD }
app:
  domain: booking.${name}.example
  redirects: [book.${name}.example]
  source: apps/booking
  ports: [${port}, ${port + 1}]
  build: npm run build
  start: node_modules/.bin/next start --hostname 127.0.0.1
  env: { BRAND_NAME: Tenant ${at} }
  secrets: { SESSION_SECRET: ${plain.toUpperCase()}_SESSION_SECRET }
marketing:
  domain: www.${name}.example
  redirects: [${name}.example]
  source: sites/${name}
  widget: { file: public/widget/booking.js, to: assets/booking.js, api: /api/bookings }
  assets: [/assets/logo.svg]
`
}
