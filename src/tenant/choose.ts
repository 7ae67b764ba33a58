import type { TenantError } from '../errors.ts'
import { inOrder, ManifestError } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import type { Host, HostFile } from './host.ts'
import type { Tenant } from './schema.ts'
import { hostOf, loaded, surveyAll, unknownName, unknownTenant } from './survey.ts'
import type { JudgedTenant, LoadedTenant, Survey } from './survey.ts'

export interface ChosenTenants {
  chosen: LoadedTenant[]
  /** Hosts among those that were asked for that no tenant is on: what is left on them is nobody's. */
  idle: Host[]
  /** Those whose own file, or whose host's, has faults; the others are none the worse for them. */
  broken: { name: string; host: string | null; error: TenantError }[]
  /** All that the repository has, chosen or not; the manifest of one with faults is not known. */
  declared: { name: string; host: string | null; tenant: Tenant | undefined }[]
}

/** Tenants by name, all tenants of some hosts, or all there are. */
export type Choice = { tenants: readonly string[] } | { hosts: readonly string[] } | 'all'

/**
 * Reads tenants and their hosts, ready to connect.
 * @throws TenantError for a name that nobody has; where there is no tenant at all
 */
export function loadTenants(root: string, choice: Choice): ChosenTenants {
  const isChosen = (judged: JudgedTenant) => {
    if (choice === 'all') return true
    return 'tenants' in choice ? choice.tenants.includes(judged.name) : choice.hosts.includes(hostOf(judged) ?? '')
  }
  const isAsked = (host: string) => choice === 'all' || ('hosts' in choice && choice.hosts.includes(host))
  const survey = surveyAll(
    root,
    (host, tenants) => isAsked(host) || tenants.some((tenant) => isChosen(tenant) && hostOf(tenant) === host)
  )
  assertKnown(choice, survey)
  const result: ChosenTenants = {
    chosen: [],
    idle: survey.hosts.flatMap(({ name, connectable }) =>
      connectable !== undefined && isAsked(name) && !survey.tenants.some((one) => hostOf(one) === name)
        ? [connectable]
        : []
    ),
    broken: [],
    declared: survey.tenants.map((judged) => ({ name: judged.name, host: hostOf(judged), tenant: judged.tenant }))
  }
  for (const judged of survey.tenants.filter(isChosen)) {
    try {
      result.chosen.push(loaded(survey, judged))
    } catch (thrown) {
      if (!(thrown instanceof ManifestError)) throw thrown
      result.broken.push({ name: judged.name, host: hostOf(judged), error: thrown })
    }
  }
  return result
}

export interface HostSurvey {
  name: string
  /** Undefined where its file has faults. */
  kind: HostFile['kind'] | undefined
  tenants: string[]
}

/** Which tenants are on which host, without a host; faults are for those to tell who look at a tenant or a host itself. */
export function surveyHosts(root: string): { hosts: HostSurvey[]; complaints: Complaint[] } {
  const { tenants, hosts, complaints } = surveyAll(root, () => false)
  return {
    hosts: hosts.map(({ name, host }) => ({
      name,
      kind: host?.kind,
      tenants: tenants.filter((tenant) => hostOf(tenant) === name).map((tenant) => tenant.name)
    })),
    complaints: inOrder(complaints)
  }
}

function assertKnown(choice: Choice, { tenants, hosts }: Survey): void {
  if (tenants.length === 0) throw unknownTenant('', [])
  if (choice === 'all') return
  if ('tenants' in choice) {
    const unknown = choice.tenants.find((name) => !tenants.some((tenant) => tenant.name === name))
    if (unknown !== undefined) throw unknownTenant(unknown, tenants)
    return
  }
  const known = hosts.map(({ name }) => name)
  const unknown = choice.hosts.find((name) => !known.includes(name))
  if (unknown !== undefined) throw unknownName('host', 'tenants/hosts/', unknown, known)
}
