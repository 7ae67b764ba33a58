import { Agent as PlainAgent } from 'node:http'
import { CertifiedAgent } from './certified-agent.ts'
import { limit } from '../facts/limit.ts'
import type { Host } from '../tenant/host.ts'
import { ask, type Question } from './ask.ts'
import { presentedCertificate, type Presented } from './certificate.ts'
import { lookupFor } from './lookup.ts'
import type { Reply } from './reply.ts'
import { trustFor } from './trust.ts'

/** How long an answer may take, in ms. */
const ANSWER_MS = 10_000
const AT_ONCE = 6
/** For one domain: to shake hands on another connection takes longer than to wait for this one. */
const CONNECTIONS = 2

/** Anybody who asks a host's public addresses, through DNS, TCP, TLS and nginx. Both throw NoAnswer. */
export interface Visitor extends Disposable {
  ask(url: string, signal: AbortSignal, question?: Question): Promise<Reply>
  /** What was shown when the domain was first asked, if it was; from then on, and otherwise, what is shown now. */
  certificate(domain: string, signal: AbortSignal): Promise<Presented>
  /** Closes the connections that wait for another question; who asks again opens new ones. */
  hangUp(): void
}

/**
 * A visitor keeps connections open, asks a few things at once, and gives up on an answer after ten seconds. Whether it
 * minds a bad certificate when it asks is `verify`.
 * @throws TenantError where the host's `ca_file` is of no use.
 */
export function openVisitor(
  host: Host,
  { verify, answerMs = ANSWER_MS }: { verify: boolean; answerMs?: number }
): Visitor {
  const trust = trustFor(host)
  const inTurn = limit(AT_ONCE)
  const connection = { keepAlive: true, maxSockets: CONNECTIONS, ...lookupFor(host) }
  const plain = new PlainAgent(connection)
  const secure = new CertifiedAgent(verify, { ...connection, secureContext: trust })
  const hangUp = () => {
    plain.destroy()
    secure.destroy()
  }
  return {
    ask: (url, signal, question = {}) =>
      inTurn(() => ask(url, question, { agent: url.startsWith('http:') ? plain : secure, answerMs, signal })),
    async certificate(domain, signal) {
      const shown = secure.take(domain)
      return shown ?? inTurn(() => presentedCertificate(domain, host, { trust, answerMs, signal }))
    },
    hangUp,
    [Symbol.dispose]: hangUp
  }
}
