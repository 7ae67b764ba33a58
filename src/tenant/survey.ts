import { TenantError } from '../errors.ts'
import { inOrder, ManifestError, show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { conflicts } from './conflicts.ts'
import { explain } from './explain.ts'
import { listManifests, readManifest } from './files.ts'
import type { FleetFile } from './fleet-file.ts'
import type { Host, HostFile } from './host.ts'
import { judgeFleet } from './judge-fleet.ts'
import { judgeHost } from './judge-host.ts'
import type { JudgedHost } from './judge-host.ts'
import { judgeOnCall } from './judge-on-call.ts'
import { tenantJsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { tenantSchema } from './schema.ts'
import type { Tenant } from './schema.ts'
import { foreignSecrets } from './secret-names.ts'
import { unknownTenants } from './shared-secrets.ts'
import { valueAt } from './source.ts'
import type { Source } from './source.ts'

export interface JudgedTenant {
  name: string
  source: Source
  tenant: Tenant | undefined
}

/** All manifests of a repository, each with what is wrong in it. */
export interface Survey {
  tenants: JudgedTenant[]
  hosts: JudgedHost[]
  fleet: FleetFile
  complaints: Complaint[]
}

// A list of thousands hides what it is about.
const mostNamed = 30

/** A tenant and its host, ready to connect. */
export interface LoadedTenant {
  tenant: Tenant
  host: Host
}

/** @throws ManifestError with what is wrong in the tenant's file and its host's */
export function loaded(survey: Survey, judged: JudgedTenant): LoadedTenant {
  const { tenant, host, complaints } = partsOf(survey, judged)
  if (complaints.length > 0 || !tenant || !host?.connectable) throw new ManifestError(inOrder(complaints))
  return { tenant, host: host.connectable }
}

/** The same for those who connect to nothing. */
export function unconnected(survey: Survey, judged: JudgedTenant): { tenant: Tenant; host: HostFile } {
  const { tenant, host, complaints } = partsOf(survey, judged)
  if (complaints.length > 0 || !tenant || !host?.host) throw new ManifestError(inOrder(complaints))
  return { tenant, host: host.host }
}

function partsOf({ hosts, complaints }: Survey, { source, tenant }: JudgedTenant) {
  const host = hosts.find((candidate) => candidate.name === valueAt(source.data, ['host']))
  const files = [source.file, ...(host?.files ?? [])]
  return { tenant, host, complaints: complaints.filter(({ file }) => files.includes(file)) }
}

/** The host that a manifest names, with faults or without. */
export function hostOf({ source }: JudgedTenant): string | null {
  const host = valueAt(source.data, ['host'])
  return typeof host === 'string' ? host : null
}

export function unknownTenant(name: string, tenants: readonly JudgedTenant[]): TenantError {
  const known = tenants.map((tenant) => tenant.name)
  if (known.length > 0) return unknownName('tenant', 'tenants/', name, known)
  return new TenantError('usage', name === '' ? 'there is no tenant' : `there is no tenant ${show(name)}`, {
    where: 'tenants/',
    remedy: 'write tenants/<name>/tenant.yml first'
  })
}

export function unknownName(what: string, where: string, name: string, known: readonly string[]): TenantError {
  const near = nearest(name, known)
  const named = known.slice(0, mostNamed).map((one) => show(one).slice(1, -1))
  const more = known.length > named.length ? ` and ${known.length - named.length} more` : ''
  return new TenantError('usage', `there is no ${what} ${show(name)}`, {
    where,
    remedy: `${near ? `did you mean ${show(near)}? ` : ''}known ${what}s: ${named.join(', ')}${more}`
  })
}

/**
 * Every load of a tenant begins here, so what a manifest may not say of its neighbours is found in each.
 *
 * @param connects which hosts are to be connected to: what their files name is read as well
 */
export function surveyAll(root: string, connects: (host: string, tenants: readonly JudgedTenant[]) => boolean): Survey {
  const listing = listManifests(root)
  const tenants = listing.tenants.map((name) => judgeTenant(root, name))
  const hosts = listing.hosts.map((name) => judgeHost(root, name, connects(name, tenants)))
  const sources = tenants.map(({ source }) => source)
  const { fleet, source: fleetSource, complaints } = judgeFleet(root)
  const known = new Set(listing.hosts)
  return {
    tenants,
    hosts,
    fleet,
    complaints: [
      ...listing.complaints,
      ...judgeOnCall(root).complaints,
      ...complaints,
      ...sources.flatMap(({ complaints }) => complaints),
      ...hosts.flatMap(({ complaints }) => complaints),
      ...sources.flatMap((source) => unknownHost(source, known)),
      ...foreignSecrets({ tenants, hosts, fleet: fleetSource }),
      ...unknownToFiles(tenants, hosts, fleetSource),
      ...conflicts(
        sources,
        hosts.flatMap(({ host }) => host ?? [])
      )
    ]
  }
}

function judgeTenant(root: string, name: string): JudgedTenant {
  const source = readManifest(root, `tenants/${name}/tenant.yml`)
  if (source.data === undefined) return { name, source, tenant: undefined }
  const parsed = tenantSchema.safeParse(source.data)
  if (!parsed.success) source.complaints.push(...explain(source, parsed.error.issues, tenantJsonSchema()))
  const given = valueAt(source.data, ['name'])
  if (typeof given === 'string' && given !== name) {
    const message = `is ${show(given)}, but the folder is ${show(name)}`
    source.complaints.push(source.complain(['name'], message, 'give both the same name'))
  }
  return { name, source, tenant: parsed.data }
}

/** Tenants with whom a secret is shared, and who are not there to have it. */
function unknownToFiles(tenants: readonly JudgedTenant[], hosts: readonly JudgedHost[], fleet: Source | null) {
  const names = (of: readonly JudgedTenant[]) => of.map(({ name }) => name)
  // A manifest that does not say its host may be of any.
  const on = (host: string) => tenants.filter((tenant) => [host, null].includes(hostOf(tenant)))
  return [
    ...(fleet === null ? [] : unknownTenants(fleet, () => names(tenants), 'in this repository')),
    ...hosts.flatMap(({ name, source }) => unknownTenants(source, () => names(on(name)), 'on this host'))
  ]
}

function unknownHost(source: Source, hosts: ReadonlySet<string>): Complaint[] {
  const host = valueAt(source.data, ['host'])
  if (typeof host !== 'string' || hosts.has(host)) return []
  const near = nearest(host, [...hosts])
  const remedy = near ? `did you mean \`${near}\`?` : 'write that file, or name a host that has one'
  return [source.complain(['host'], `there is no tenants/hosts/${show(host).slice(1, -1)}.yml`, remedy)]
}
