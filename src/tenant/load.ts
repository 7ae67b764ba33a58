import { TenantError } from '../errors.ts'
import { inOrder, ManifestError, show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { conflicts } from './conflicts.ts'
import { explain } from './explain.ts'
import { listManifests, readManifest } from './files.ts'
import type { Host, HostFile } from './host.ts'
import { judgeHost } from './judge-host.ts'
import type { JudgedHost } from './judge-host.ts'
import { tenantJsonSchema } from './json-schema.ts'
import { nearest } from './nearest.ts'
import { tenantSchema } from './schema.ts'
import type { Tenant } from './schema.ts'
import { valueAt } from './source.ts'
import type { Source } from './source.ts'

export interface Fleet<H = HostFile> {
  tenants: Tenant[]
  hosts: H[]
}

interface JudgedTenant {
  name: string
  source: Source
  tenant: Tenant | undefined
}

interface Survey {
  tenants: JudgedTenant[]
  hosts: JudgedHost[]
  complaints: Complaint[]
}

/**
 * Reads every manifest below `tenants/`. With `host: 'connect'`, what a host's `from` names is read as well and must
 * be there; without, nothing but the repository is needed.
 * @throws ManifestError with all complaints about all files
 */
export function loadFleet(root: string, options: { host: 'connect' }): Fleet<Host>
export function loadFleet(root: string, options?: { host?: 'offline' }): Fleet
export function loadFleet(root: string, options: { host?: 'offline' | 'connect' } = {}): Fleet {
  const survey = surveyAll(root, () => options.host === 'connect')
  if (survey.complaints.length > 0) throw new ManifestError(inOrder(survey.complaints))
  return {
    tenants: survey.tenants.flatMap(({ tenant }) => tenant ?? []),
    hosts: survey.hosts.flatMap(({ host }) => host ?? [])
  }
}

/**
 * Reads one tenant and its host, ready to connect. Other tenants' files are read too, for what they share with this
 * one, but faults of their own don't hold it up.
 */
export function loadTenant(root: string, name: string): { tenant: Tenant; host: Host } {
  const survey = surveyAll(root, (host, tenants) => {
    const asked = tenants.find((tenant) => tenant.name === name)
    return valueAt(asked?.source.data, ['host']) === host
  })
  const found = survey.tenants.find((tenant) => tenant.name === name)
  if (!found) throw unknownTenant(name, survey.tenants)
  const host = survey.hosts.find((candidate) => candidate.name === valueAt(found.source.data, ['host']))
  const files = [found.source.file, ...(host?.files ?? [])]
  const complaints = survey.complaints.filter(({ file }) => files.includes(file))
  if (complaints.length > 0 || !found.tenant || !host?.connectable) throw new ManifestError(inOrder(complaints))
  return { tenant: found.tenant, host: host.connectable }
}

function unknownTenant(name: string, tenants: readonly JudgedTenant[]): TenantError {
  const known = tenants.map((tenant) => tenant.name)
  const near = nearest(name, known)
  return new TenantError('usage', `there is no tenant ${show(name)}`, {
    where: 'tenants/',
    remedy:
      known.length === 0
        ? 'write tenants/<name>/tenant.yml first'
        : `${near ? `did you mean ${show(near)}? ` : ''}known tenants: ${known.map((one) => show(one).slice(1, -1)).join(', ')}`
  })
}

function surveyAll(root: string, connects: (host: string, tenants: readonly JudgedTenant[]) => boolean): Survey {
  const listing = listManifests(root)
  const tenants = listing.tenants.map((name) => judgeTenant(root, name))
  const hosts = listing.hosts.map((name) => judgeHost(root, name, connects(name, tenants)))
  const sources = tenants.map(({ source }) => source)
  return {
    tenants,
    hosts,
    complaints: [
      ...listing.complaints,
      ...sources.flatMap(({ complaints }) => complaints),
      ...hosts.flatMap(({ complaints }) => complaints),
      ...sources.flatMap((source) => unknownHost(source, listing.hosts)),
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

function unknownHost(source: Source, hosts: readonly string[]): Complaint[] {
  const host = valueAt(source.data, ['host'])
  if (typeof host !== 'string' || hosts.includes(host)) return []
  const near = nearest(host, hosts)
  const remedy = near ? `did you mean \`${near}\`?` : 'write that file, or name a host that has one'
  return [source.complain(['host'], `there is no tenants/hosts/${show(host).slice(1, -1)}.yml`, remedy)]
}
