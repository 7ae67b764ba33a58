import type { Host } from '../tenant/host.ts'
import type { HostResources } from './host-resources.ts'
import type { Look } from './look.ts'
import { provisionRemedy } from './remedy.ts'
import { managedResources } from './subject.ts'
import { trace, unseen, type Trace } from './trace.ts'
import { unmanaged, UNMANAGED_REMEDY, type Declared } from './unmanaged.ts'

/** What is the host's own, and what provision makes on it for all tenants alike. */
export function judgeHost(
  { host, declared }: { host: Host; declared: readonly Declared[] },
  { own, inventory }: HostResources,
  look: Look
): { traces: Trace[]; checked: number } {
  const { host: seen, narrow } = look
  if (seen === null) {
    return {
      traces: [trace(null, unseen('host.root', narrow!.message), narrow!.remedy ?? 'let the account become root')],
      checked: 0
    }
  }
  const traces = own
    .map((resource) => trace(null, seen.finding(resource), resource.remedy ?? LOOK))
    .concat(sharedTraces(look))
    .concat(strangers())
  const wrong = traces.filter(({ verdict }) => verdict !== 'in-sync')
  return { traces: wrong, checked: traces.length }

  function strangers(): Trace[] {
    const found = seen!.finding(inventory)
    if (found.verdict === 'unknown') return [trace(null, found, LOOK)]
    return unmanaged(host, declared, seen!.facts(inventory).inventory).map((each) =>
      trace(null, each, UNMANAGED_REMEDY)
    )
  }
}

const LOOK = 'put right what it says on the host'

/** Each tenant's look judges them a little differently (which programs it needs, which folders): they are told once. */
function sharedTraces({ tenants }: Look): Trace[] {
  const shared = new Map<string, Trace>()
  for (const [subject, seen] of tenants) {
    if (seen instanceof Error) continue
    for (const resource of managedResources(subject).filter(({ address }) => address.startsWith('host.'))) {
      const found = trace(
        null,
        seen.root.finding(resource),
        provisionRemedy(seen.root, resource, subject.desire.tenant.name)
      )
      const known = shared.get(resource.address)
      shared.set(resource.address, known === undefined ? found : both(known, found))
    }
  }
  return [...shared.values()]
}

const RANKS = ['in-sync', 'unknown', 'drifted', 'unmanaged', 'missing']

/** The worse of the two, with what the other differs in as well. */
function both(first: Trace, second: Trace): Trace {
  const isWorse = RANKS.indexOf(second.verdict) > RANKS.indexOf(first.verdict)
  const [one, other] = isWorse ? [second, first] : [first, second]
  const told = new Set(one.differences.map((difference) => JSON.stringify(difference)))
  const more = other.differences.filter((difference) => !told.has(JSON.stringify(difference)))
  return { ...one, differences: [...one.differences, ...more] }
}
