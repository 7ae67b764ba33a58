import type { Tree } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import { layout as layoutOf } from '../tenant/layout.ts'
import type { Host, HostFile } from '../tenant/host.ts'
import type { App, Tenant } from '../tenant/schema.ts'
import { environmentResource } from './environment.ts'
import { filesResource } from './files.ts'
import { migrationsResource, type DatabaseAddress, type Migration } from './migrations.ts'
import { processResource } from './process.ts'
import { releaseResource } from './release.ts'
import type { Resource } from './resource.ts'
import { siteResource, type SiteResource } from './site.ts'
import { siteView } from './site-view.ts'
import { renderTemplate } from './templates.ts'

/** Where a desired state comes from; everything that is not on the host. */
export interface Desire<H extends HostFile = Host> {
  host: H
  tenant: Tenant
  /** Folder of the templates. */
  templates: string
  secrets: Record<string, string>
  /** Text of the collector's bundle, which a host keeps for keys that may only look. */
  collector: string
}

/** What the app lane of a tenant should look like, as the one list that every verb walks. */
export function desiredApp(desire: Desire, source: Tree | null, migrations: readonly Migration[]) {
  const { host, tenant } = desire
  const app = tenant.app!
  const layout = layoutOf(host, tenant)
  const resources = {
    release: releaseResource(layout, 'app', appRecipe(app)),
    files: filesResource(layout, 'app', source, null),
    environment: environmentResource(layout, appEnvironment(desire)),
    migrations: migrationsResource(databaseAddress(desire), migrations),
    process: processResource(layout, app, Object.keys(appEnvironment(desire))),
    site: desiredSite(desire, 'app')
  }
  return { ...resources, all: Object.values(resources) as unknown as Resource[] }
}

/** The same for the marketing lane. Without a source (null) the site stays as it is, with the live app's widget. */
export function desiredMarketing(desire: Desire, source: Tree | null) {
  const { host, tenant } = desire
  const site = tenant.marketing!
  const layout = layoutOf(host, tenant)
  const resources = {
    release: releaseResource(layout, 'marketing', {}),
    files: filesResource(layout, 'marketing', source, site.widget ?? null),
    site: desiredSite(desire, 'marketing')
  }
  return { ...resources, all: Object.values(resources) as unknown as Resource[] }
}

/** What a release is made and run with, besides its files: a change here needs a new release. */
export function appRecipe(app: App): Record<string, string> {
  return {
    install: app.install.join(' '),
    build: app.build?.join(' ') ?? '',
    start: app.start.join(' '),
    health: app.health,
    ports: app.ports.join(' '),
    static: `${app.static.from} at ${app.static.at}`
  }
}

/** `.env.local`: plain values, secrets, and the database through PgBouncer. */
export function appEnvironment({ host, tenant, secrets }: Desire<HostFile>): Record<string, string> {
  const app = tenant.app!
  const database = tenant.database!
  const own = Object.entries(app.secrets).map(([name, from]) => [name, secrets[from] ?? ''])
  const password = encodeURIComponent(secrets[database.password] ?? '')
  return {
    ...app.env,
    ...Object.fromEntries(own),
    DATABASE_URL: `postgresql://${database.role}:${password}@${inUrl(host.pgbouncer.address)}:${host.pgbouncer.port}/${database.name}`
  }
}

/** IPv6 addresses stand in brackets in a URL. */
function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** Postgres' direct port: migrations need a session of their own, which a transaction pooler does not give. */
export function databaseAddress({ host, tenant, secrets }: Desire): DatabaseAddress {
  const database = tenant.database!
  return {
    host: host.postgres.address,
    port: host.postgres.port,
    database: database.name,
    user: database.role,
    password: secrets[database.password] ?? ''
  }
}

/** The lane's nginx site: manifest and templates are all that it takes. */
export function desiredSite(desire: Desire<HostFile>, lane: LaneName): SiteResource {
  const { host, tenant, templates } = desire
  const layout = layoutOf(host, tenant)
  const text = renderTemplate(templates, `nginx/${lane}.conf.mustache`, siteView(host, tenant, layout, lane))
  return siteResource(layout, lane, text, host.nginx.pid)
}
