import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { TenantError } from '../../src/errors.ts'

/** What the sandbox has to know of a tenant, read straight from its manifest. */
export interface SandboxTenant {
  name: string
  /** `acme`, or the files in which an operator keeps a certificate of their own. */
  tls: 'acme' | { certificate: string; key: string }
  /** Every public domain, redirects too. */
  domains: string[]
  /** Names of the secrets that its manifest asks for. */
  secrets: string[]
}

interface Site {
  domain: string
  redirects?: string[]
}

interface Manifest {
  name: string
  host: string
  tls: SandboxTenant['tls']
  database?: { password: string }
  app?: Site & { secrets?: Record<string, string> }
  marketing?: Site
}

// These become certificates and paths; the real schema is stricter and is tested elsewhere.
const word = /^[a-z][a-z0-9_-]{0,24}$/
const path = /^\/[\w./-]+$/
const domain = /^[a-z0-9.-]+$/

function tenantFrom(manifest: Manifest): SandboxTenant {
  const { name, tls, database, app, marketing } = manifest
  const sites = [app, marketing].filter((site) => site !== undefined)
  const domains = sites.flatMap((site) => [site.domain, ...(site.redirects ?? [])])
  const checks: [RegExp, string[]][] = [
    [word, [name]],
    [path, tls === 'acme' ? [] : [tls.certificate, tls.key]],
    [domain, domains]
  ]
  for (const [pattern, values] of checks) {
    const bad = values.find((value) => !pattern.test(value))
    if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} does not match ${pattern}`)
  }
  return {
    name,
    tls,
    domains: [...new Set(domains)],
    secrets: [...new Set([...(database ? [database.password] : []), ...Object.values(app?.secrets ?? {})])]
  }
}

/** The tenants, of all manifests in a folder, whose host is `sandbox`. */
export function sandboxTenants(folder: string): SandboxTenant[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('/tenant.yml'))
    .sort()
  return files.flatMap((file) => {
    try {
      const manifest = parse(readFileSync(join(folder, file), 'utf8')) as Manifest
      return manifest.host === 'sandbox' ? [tenantFrom(manifest)] : []
    } catch (error) {
      throw new TenantError('manifest', `the sandbox cannot read this manifest: ${(error as Error).message}`, {
        where: join(folder, file),
        remedy: '`npm run -s tenant -- check` says what is wrong',
        cause: error
      })
    }
  })
}
