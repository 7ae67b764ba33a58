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

  #judge(resource: Resource): Finding {
    const { address } = resource
    const unknown = Object.values(this.#answers.get(resource) ?? {}).find((answer) => !answer.ok)
    if (unknown !== undefined && !unknown.ok)
      return { address, verdict: 'unknown', differences: [], cause: unknown.cause }
    try {
      return { address, ...resource.compare(this.facts(resource)) }
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

/** Asks for the facts of all resources in one exec, as the account that owns them. */
export async function inspect(
  remote: Observer,
  account: string,
  resources: readonly Resource<never>[] | readonly Resource[]
): Promise<Inspection> {
  const list = resources as readonly Resource[]
  const requests: Record<string, FactRequest> = {}
  // Several resources ask the same, and the host is asked once.
  const names = new Map<string, string>()
  const nameOf = (request: FactRequest, proposed: string): string => {
    const same = JSON.stringify(request)
    const name = names.get(same) ?? proposed
    names.set(same, name)
    requests[name] = request
    return name
  }
  const named = list.map((resource) => ({
    resource,
    keys: Object.entries(resource.requests).map(
      ([key, request]) => [key, nameOf(request, `${resource.address}/${key}`)] as const
    )
  }))
  const answers = await remote.gather(requests, { as: account })
  return new Inspection(
    new Map(
      named.map(({ resource, keys }) => [
        resource,
        Object.fromEntries(keys.map(([key, name]) => [key, answers[name]!]))
      ])
    )
  )
}
