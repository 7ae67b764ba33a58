import { inOrder, ManifestError } from './complaint.ts'
import type { Host, HostFile } from './host.ts'
import type { Tenant } from './schema.ts'
import { hostOf, loaded, surveyAll, unconnected, unknownTenant } from './survey.ts'
import type { LoadedTenant } from './survey.ts'

export interface Fleet<H = HostFile> {
  tenants: Tenant[]
  hosts: H[]
}

/**
 * Reads every manifest below `tenants/`, and holds the plan of who is on call to its form. With `host: 'connect'`, what
 * a host's `from` names is read as well and must be there; without, nothing but the repository is needed.
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

/** The same without what a host's `from` names, for those who connect to nothing; null where there is no such tenant. */
export function loadOffline(root: string, name: string): { tenant: Tenant; host: HostFile } | null {
  const survey = surveyAll(root, () => false)
  const found = survey.tenants.find((tenant) => tenant.name === name)
  return found === undefined ? null : unconnected(survey, found)
}

/**
 * Reads one tenant and its host, ready to connect. Other tenants' files are read too, for what they share with this
 * one, but faults of their own don't hold it up.
 */
export function loadTenant(root: string, name: string): LoadedTenant {
  const survey = surveyAll(root, (host, tenants) => {
    const asked = tenants.find((tenant) => tenant.name === name)
    return asked !== undefined && hostOf(asked) === host
  })
  const found = survey.tenants.find((tenant) => tenant.name === name)
  if (!found) throw unknownTenant(name, survey.tenants)
  return loaded(survey, found)
}
