import type { InventoryFact } from '../facts/host-facts.ts'
import type { Difference, Finding } from '../report/report.ts'
import { certificateFolder } from '../tenant/certificate.ts'
import type { Host } from '../tenant/host.ts'
import { ACCOUNT_PREFIX, layout as layoutOf } from '../tenant/layout.ts'
import type { Tenant } from '../tenant/schema.ts'

export const UNMANAGED_REMEDY =
  'see whose it is, then declare it in a manifest, or remove it from the host by hand: nothing here removes what it does not know'

/** A tenant that the repository has; the manifest of one with faults is not known. */
export interface Declared {
  name: string
  tenant: Tenant | undefined
}

/** One thing on the host, as a finding would name it: `site /etc/nginx/tenants.d/ghost-app.conf`. */
interface Thing {
  what: string
  /** The tenant that it would be of, going by its name; null where no tenant has such a name. */
  tenant: string | null
}

/**
 * What stands on the host where tenants' things stand and none of these tenants, which are all that it serves, has. All
 * that goes by the name of one forgotten tenant is one finding.
 */
export function unmanaged(host: Host, tenants: readonly Declared[], found: InventoryFact): Finding[] {
  const declared = new Set(tenants.flatMap(({ tenant }) => (tenant === undefined ? [] : declaredBy(host, tenant))))
  const known = new Set(tenants.map(({ name }) => name))
  const unread = tenants.filter(({ tenant }) => tenant === undefined).map(({ name }) => name)
  // What goes by the name of a tenant whose manifest can't be read may be its own, and so may what goes by no name.
  const mayBe = (owner: string | null) => unread.length > 0 && (owner === null || unread.includes(owner))
  const things = thingsIn(host, found).filter(({ what, tenant }) => !declared.has(what) && !mayBe(tenant))
  const forgotten = new Map<string, Thing[]>()
  const alone: Thing[] = []
  for (const thing of things) {
    const { tenant } = thing
    // What is left over of a tenant that is still there is no tenant.
    if (tenant === null || known.has(tenant)) alone.push(thing)
    else forgotten.set(tenant, [...(forgotten.get(tenant) ?? []), thing])
  }
  return [
    ...[...forgotten].map(([tenant, all]) =>
      all.length === 1 ? single(all[0]!) : finding(`unmanaged.tenant ${tenant}`, all)
    ),
    ...alone.map(single)
  ].sort((a, b) => (a.address < b.address ? -1 : 1))
}

const single = (thing: Thing) => finding(`unmanaged.${thing.what}`, [thing])

function finding(address: string, things: readonly Thing[]): Finding {
  const differences = things.map(({ what }): Difference => ({
    attribute: what,
    expected: 'in a manifest',
    actual: 'in none'
  }))
  return { address, verdict: 'unmanaged', differences }
}

const account = (name: string) => `account ${name}`
const folder = (path: string) => `folder ${path}`
const site = (path: string) => `site ${path}`
const entry = (database: string) => `entry ${database}`
const unit = (name: string) => `unit ${name}`
const certificate = (path: string) => `certificate ${path}`

function declaredBy(host: Host, tenant: Tenant): string[] {
  const layout = layoutOf(host, tenant)
  return [
    account(layout.account),
    folder(layout.root),
    ...(['app', 'marketing'] as const).flatMap((lane) => (tenant[lane] === undefined ? [] : [site(layout.site(lane))])),
    ...(tenant.database === undefined ? [] : [entry(tenant.database.name)]),
    ...(tenant.app === undefined ? [] : [unit(`tenant@${tenant.name}`)]),
    ...(tenant.tls === 'acme' ? [certificate(certificateFolder(host, tenant))] : [])
  ]
}

function thingsIn(host: Host, found: InventoryFact): Thing[] {
  const things: Thing[] = [
    ...found.accounts.map((name) => ({ what: account(name), tenant: after(ACCOUNT_PREFIX, name) })),
    ...found.folders.map((name) => ({ what: folder(`${host.root}/${name}`), tenant: name })),
    ...found.sites.map((name) => ({ what: site(`${host.nginx.sites}/${name}`), tenant: siteOwner(name) })),
    ...found.units.map((name) => ({ what: unit(name), tenant: after('tenant@', name) })),
    ...found.certificates.map((name) => ({ what: certificate(certificateFolder(host, { name })), tenant: name }))
  ]
  // A database may be called as its manifest likes; most are called as the tenant is, with what SQL takes for a hyphen.
  const names = new Set(things.map(({ tenant }) => tenant))
  const owner = (database: string) =>
    [...names].find((name) => name?.replaceAll('-', '_') === database.replaceAll('-', '_'))
  return [...things, ...found.entries.map((name) => ({ what: entry(name), tenant: owner(name) ?? null }))]
}

function after(prefix: string, name: string): string | null {
  return name.startsWith(prefix) ? name.slice(prefix.length) : null
}

function siteOwner(name: string): string | null {
  return /^(.+)-(?:app|marketing)\.conf$/.exec(name)?.[1] ?? null
}
