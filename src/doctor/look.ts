import { asTenantError, TenantError } from '../errors.ts'
import type { Observer } from '../remote/remote.ts'
import { inspect, inspectTogether, type Inspection } from '../resources/inspect.ts'
import type { Resource } from '../resources/resource.ts'
import type { HostResources } from './host-resources.ts'
import type { Seen } from './lane.ts'
import { ownResources, rootResources, siteResources, type Subject } from './subject.ts'

/** What was seen of a host and of its tenants. */
export interface Look {
  /** Null where the connecting account may not look as root. */
  host: Inspection | null
  /** Why not. */
  narrow: TenantError | null
  tenants: Map<Subject, Seen | TenantError>
}

/**
 * Looks at everything in one exec. Where root's eyes are not to be had, each tenant is looked at as its own account: what
 * only root sees stays unseen, and is told once.
 */
export async function lookAtHost(
  remote: Observer,
  { own, inventory }: HostResources,
  subjects: readonly Subject[]
): Promise<Look> {
  const groups = subjects.flatMap((subject) => [
    { resources: rootResources(subject) },
    { as: subject.layout.account, resources: ownResources(subject) }
  ])
  const host = { resources: [...own, inventory as unknown as Resource] }
  try {
    const [seen, ...rest] = await inspectTogether(remote, 'root', [host, ...groups])
    const tenants = subjects.map((subject, at) => [subject, { root: rest[2 * at]!, own: rest[2 * at + 1]! }] as const)
    return { host: seen!, narrow: null, tenants: new Map(tenants) }
  } catch (thrown) {
    if (!(thrown instanceof TenantError && thrown.kind === 'privilege')) throw thrown
    return { host: null, narrow: thrown, tenants: await eachAsItself(remote, subjects) }
  }
}

/** The host itself can't be asked any more. */
export function isLost({ kind }: TenantError): boolean {
  return kind === 'dropped' || kind === 'interrupted'
}

async function eachAsItself(remote: Observer, subjects: readonly Subject[]): Promise<Look['tenants']> {
  const tenants: Look['tenants'] = new Map()
  for (const subject of subjects) {
    try {
      const seen = await inspect(remote, subject.layout.account, [...ownResources(subject), ...siteResources(subject)])
      tenants.set(subject, { root: seen, own: seen })
    } catch (thrown) {
      const error = asTenantError(thrown)
      if (isLost(error)) throw thrown
      tenants.set(subject, error)
    }
  }
  return tenants
}
