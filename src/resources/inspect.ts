import { TenantError } from '../errors.ts'
import type { Answer, FactRequest } from '../facts/facts.ts'
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
          remedy: 'put right what the host says, and run again; nothing was changed'
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
  for (const resource of list) {
    for (const [name, request] of Object.entries(resource.requests)) requests[`${resource.address}/${name}`] = request
  }
  const answers = await remote.gather(requests, { as: account })
  return new Inspection(
    new Map(
      list.map((resource) => [
        resource,
        Object.fromEntries(
          Object.keys(resource.requests).map((name) => [name, answers[`${resource.address}/${name}`]!])
        )
      ])
    )
  )
}
