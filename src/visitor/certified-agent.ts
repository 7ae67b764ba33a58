import { Agent, type AgentOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { presentedOn, type Presented } from './certificate.ts'

/** Keeps in mind what each domain showed on its first connection: to shake hands once more is most of what it takes to ask. */
export class CertifiedAgent extends Agent {
  readonly #shown = new Map<string, Presented>()
  readonly #known = new Set<string>()

  /** @param verify whether a bad certificate ends a connection; its name is then looked at as well */
  constructor(verify: boolean, options: AgentOptions) {
    const trusting = { rejectUnauthorized: false, checkServerIdentity: () => undefined }
    super({ ...options, ...(verify ? {} : trusting) })
  }

  override createConnection(...[options, done]: Parameters<Agent['createConnection']>) {
    const socket = super.createConnection(options, done) as TLSSocket
    const domain = (options as { servername?: string }).servername ?? ''
    if (domain !== '' && !this.#known.has(domain)) {
      this.#known.add(domain)
      socket.once('secureConnect', () => {
        const shown = presentedOn(socket, domain)
        if (shown !== null) this.#shown.set(domain, shown)
      })
    }
    return socket
  }

  /** Once: who asks again wants to know how it is by then. */
  take(domain: string): Presented | null {
    const shown = this.#shown.get(domain) ?? null
    this.#shown.delete(domain)
    return shown
  }
}
