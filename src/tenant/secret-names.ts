import type { Complaint } from './complaint.ts'
import { FLEET_FILE } from './fleet-file.ts'
import type { HostFile } from './host.ts'
import { isShared } from './shared-secrets.ts'
import { valueAt } from './source.ts'
import type { Path, Source } from './source.ts'
import { secretName } from './values.ts'

/** A secret that a manifest names, and where. */
interface Named {
  name: string
  path: Path
}

/**
 * Every place of a manifest that names a secret. A run is handed these secrets and no others, so a place that is missing
 * here has no secret rather than one that nothing checked.
 */
function namedIn(manifest: unknown): Named[] {
  const variables = valueAt(manifest, ['app', 'secrets'])
  const isMap = typeof variables === 'object' && variables !== null && !Array.isArray(variables)
  const paths: Path[] = [
    ['database', 'password'],
    ...Object.keys(isMap ? variables : {}).map((name) => ['app', 'secrets', name]),
    ['marketing', 'source', 'token']
  ]
  return paths.flatMap((path) => {
    const name = valueAt(manifest, path)
    return typeof name === 'string' && secretName.safeParse(name).success ? [{ name, path }] : []
  })
}

/** The secrets that a run on this tenant needs: those that its manifest names, and the host's administrator's. */
export function secretsOf(tenant: object, host: Pick<HostFile, 'postgres'>): string[] {
  return [...namedIn(tenant).map(({ name }) => name), ...administratorsOf([host]).keys()]
}

/** What the name of each secret of a tenant begins with; no two names of tenants have the same. */
export function secretPrefix(tenant: string): string {
  return `${tenant.toUpperCase().replaceAll('-', '_')}_`
}

interface Owner {
  name: string
  source: Source
}

/** What decides which secrets a manifest may name. */
export interface SecretRules {
  /** Every folder below tenants/: one whose manifest has faults keeps its secrets. */
  tenants: readonly Owner[]
  hosts: readonly { name: string; source: Source; host: HostFile | undefined }[]
  /** Null where there is no such file. */
  fleet: Source | null
}

/** A complaint at each place where a manifest names a secret that its tenant may not have. */
export function foreignSecrets({ tenants, hosts, fleet }: SecretRules): Complaint[] {
  const owners = new Map<string, string[]>()
  for (const { name } of tenants) owners.set(secretPrefix(name), [...(owners.get(secretPrefix(name)) ?? []), name])
  const sources = new Map(hosts.map(({ name, source }) => [name, source]))
  const administrators = administratorsOf(hosts.flatMap(({ host }) => host ?? []))
  return tenants.flatMap(({ name: tenant, source }) => {
    const host = valueAt(source.data, ['host'])
    const ofHost = typeof host === 'string' ? sources.get(host) : undefined
    const lists = [ofHost, fleet].filter((list) => list != null)
    const files = [...(ofHost === undefined ? [] : [ofHost.file]), FLEET_FILE].join(' or ')
    return namedIn(source.data).flatMap(({ name, path }) => {
      const administrated = administrators.get(name)
      if (administrated !== undefined) {
        // Of the password, `conflicts` says it.
        if (path[0] === 'database') return []
        const message = `this secret is that of the databases' administrator in tenants/hosts/${administrated}.yml`
        return [source.complain(path, message, `name a secret that begins with ${secretPrefix(tenant)}`)]
      }
      const owner = ownerOf(name, owners)
      if (owner.includes(tenant) || lists.some((list) => isShared(list, name, tenant))) return []
      // The name is not repeated: a secret's value may have been pasted in its place.
      const message = owner[0] === undefined ? `this secret is not one of ${tenant}'s` : `this secret is ${owner[0]}'s`
      const own = `name one that begins with ${secretPrefix(tenant)}`
      const remedy = `${own}, or share it with ${tenant} under \`shared_secrets\` in ${files}`
      return [source.complain(path, message, remedy)]
    })
  })
}

/** The tenants with the longest prefix of this name; several only where folders have names that no tenant can have. */
function ownerOf(name: string, owners: ReadonlyMap<string, string[]>): readonly string[] {
  for (let end = name.lastIndexOf('_'); end > 0; end = name.lastIndexOf('_', end - 1)) {
    const found = owners.get(name.slice(0, end + 1))
    if (found !== undefined) return found
  }
  return []
}

/** The secrets of administrators, each with the name of its host. */
function administratorsOf(hosts: readonly (Pick<HostFile, 'postgres'> & { name?: string })[]): Map<string, string> {
  return new Map(
    hosts.flatMap(({ name = '', postgres: { administrator } }) =>
      typeof administrator === 'string' ? [] : [[administrator.password, name] as const]
    )
  )
}
