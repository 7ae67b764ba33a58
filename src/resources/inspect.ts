import { TenantError } from '../errors.ts'
import type { Answer } from '../facts/facts.ts'
import type { FactRequest } from '../facts/requests.ts'
import type { Finding } from '../report/report.ts'
import type { Observer } from '../remote/remote.ts'
import type { FactsOf, Requests, Resource } from './resource.ts'

/** What is true of some resources, and how that compares with what is desired. */
export class Inspection {
  readonly findings: Finding[]
  readonly #answers: Map<Resource, Record<string, Answer>>

  constructor(answers: Map<Resource, Record<string, Answer>>) {
    this.#answers = answers
    this.findings = [...answers.keys()].map((resource) => this.#judge(resource))
  }

  finding(resource: { readonly address: string }): Finding {
    const finding = this.findings.find(({ address }) => address === resource.address)
    if (finding === undefined) throw new RangeError(`${resource.address} was not inspected`)
    return finding
  }

  /** @throws TenantError when one of the facts could not be looked at. */
  facts<Q extends Requests>(resource: Resource<Q>): FactsOf<Q> {
    const answers = this.#answers.get(resource as unknown as Resource)
    if (answers === undefined) throw new RangeError(`${resource.address} was not inspected`)
    const facts: Record<string, unknown> = {}
    for (const [name, answer] of Object.entries(answers)) {
      if (!answer.ok)
        throw new TenantError('host-answer', `could not look at ${resource.address}: ${answer.cause}`, {
          where: `${resource.address} (${name})`,
          remedy: 'put right what the host says, and run the same command again'
        })
      facts[name] = answer.fact
    }
    return facts as FactsOf<Q>
  }

  /** Judges the facts of one resource by another that asks for the same ones: what was shipped, in place of what is desired. */
  judge<Q extends Requests>(resource: Resource<Q>, by: Resource<Q>): Finding {
    return this.#judge(resource as unknown as Resource, by as unknown as Resource)
  }

  #judge(resource: Resource, by: Resource = resource): Finding {
    const { address } = resource
    const unknown = Object.values(this.#answers.get(resource) ?? {}).find((answer) => !answer.ok)
    if (unknown !== undefined && !unknown.ok)
      return { address, verdict: 'unknown', differences: [], cause: unknown.cause }
    try {
      return { address, ...by.compare(this.facts(resource)) }
    } catch (thrown) {
      return {
        address,
        verdict: 'unknown',
        differences: [],
        cause: thrown instanceof Error ? thrown.message : String(thrown)
      }
    }
  }
}

/** How long a look at many may take, in ms: each account has its turn, and a server that hangs holds up its own questions. */
const MANY_MS = 300_000

/** Some resources, and the account that owns what they ask about; without one, that which asks. */
export interface Group {
  as?: string
  resources: readonly Resource[]
}

/** Asks for the facts of all resources in one exec, as the account that owns them. */
export async function inspect(
  remote: Observer,
  account: string,
  resources: readonly Resource<never>[] | readonly Resource[]
): Promise<Inspection> {
  const [inspection] = await inspectTogether(remote, account, [{ resources: resources as readonly Resource[] }])
  return inspection!
}

/** Asks for the facts of many groups in one exec, whoever owns what: one inspection for each group. */
export async function inspectTogether(
  remote: Observer,
  account: string,
  groups: readonly Group[]
): Promise<Inspection[]> {
  const requests: Record<string, FactRequest> = {}
  // Several resources ask the same, and the host is asked once.
  const names = new Map<string, string>()
  const nameOf = (request: FactRequest, proposed: string): string => {
    const same = JSON.stringify(request)
    const known = names.get(same)
    if (known !== undefined) return known
    // Two tenants have resources with the same address.
    const name = Object.hasOwn(requests, proposed) ? `${proposed} ${names.size}` : proposed
    names.set(same, name)
    requests[name] = request
    return name
  }
  const named = groups.map(({ as, resources }) =>
    resources.map((resource) => ({
      resource,
      keys: Object.entries(resource.requests).map(([key, request]) => {
        const asked = as === undefined ? request : { ...request, as }
        return [key, nameOf(asked, `${resource.address}/${key}`)] as const
      })
    }))
  )
  const answers = await remote.gather(requests, { as: account, ...(groups.length > 1 && { deadlineMs: MANY_MS }) })
  return named.map(
    (group) =>
      new Inspection(
        new Map(
          group.map(({ resource, keys }) => [
            resource,
            Object.fromEntries(keys.map(([key, name]) => [key, answers[name]!]))
          ])
        )
      )
  )
}
