import { asTenantError } from '../errors.ts'
import { limit } from '../facts/limit.ts'
import type { Host } from '../tenant/host.ts'
import { NOTHING, type Judged } from './judged.ts'
import { openPublicCheck, type Live, type PublicCheck } from './public/check.ts'
import { lookAtHostFirst, publicRemedy } from './remedy.ts'
import type { Subject } from './subject.ts'
import { trace, unseen, type Trace } from './trace.ts'

/** So many tenants' public addresses are asked at once. */
const AT_ONCE = 8

type Visited = Pick<Judged, 'traces' | 'checked'>

/** What visitors see of the tenants of a host. */
export class Visits implements Disposable {
  readonly #subjects: readonly Subject[]
  readonly #signal: AbortSignal
  readonly #open: (subject: Subject) => PublicCheck
  readonly #inTurn = limit(AT_ONCE)
  readonly #begun = new Map<Subject, { check: PublicCheck; asked: Promise<void> }>()

  constructor({ host, subjects, signal }: { host: Host; subjects: readonly Subject[]; signal: AbortSignal }) {
    this.#subjects = subjects
    this.#signal = signal
    this.#open = ({ desire: { tenant } }) => openPublicCheck({ host, tenant, signal })
  }

  /** Begins to ask; whatever may be wrong with that is told where it is judged. */
  begin(): void {
    for (const subject of this.#subjects) {
      try {
        const check = this.#open(subject)
        const asked = this.#inTurn(() => check.rehearse(likely(subject)))
        asked.catch(() => undefined)
        this.#begun.set(subject, { check, asked })
      } catch {
        continue
      }
    }
  }

  /**
   * Adds what visitors see to what was found on the host; of a tenant that nobody looked at there, that is all.
   * @throws the signal's reason
   */
  async judge(tenants: ReadonlyMap<Subject, Judged>): Promise<Map<Subject, Judged>> {
    const all = this.#subjects.map(async (subject) => {
      const seen = tenants.get(subject)
      const judged = seen ?? NOTHING
      const { traces, checked } = await this.#visited(subject, judged, seen !== undefined)
      const both = { ...judged, traces: [...judged.traces, ...traces], checked: judged.checked + checked }
      return [subject, both] as const
    })
    return new Map(await Promise.all(all))
  }

  [Symbol.dispose](): void {
    for (const { check } of this.#begun.values()) check[Symbol.dispose]()
  }

  async #visited(subject: Subject, { live }: Judged, isSeen: boolean): Promise<Visited> {
    const { name } = subject.desire.tenant
    try {
      const begun = this.#begun.get(subject)
      await begun?.asked
      const found = await this.#inTurn(async () => {
        using check = begun?.check ?? this.#open(subject)
        return await check.judge(live)
      })
      const wrong = found.filter(({ verdict }) => verdict !== 'in-sync')
      // Where nothing answers, nothing else was asked of that lane.
      const isSilent = (address: string) => !found.some((one) => one.address === address.replace(/\w+$/, 'redirects'))
      return {
        traces: wrong.map((finding): Trace => ({
          ...trace(name, finding, isSeen ? publicRemedy(finding, name) : lookAtHostFirst(name)),
          noAnswer: isSilent(finding.address)
        })),
        checked: found.length
      }
    } catch (thrown) {
      this.#signal.throwIfAborted()
      const { message, remedy } = asTenantError(thrown)
      const finding = unseen('public', message)
      return { traces: [trace(name, finding, remedy ?? publicRemedy(finding, name))], checked: 0 }
    }
  }
}

/** Most often what is live is what would ship. */
function likely({ marketing }: Subject): Live {
  return { app: null, marketing: { release: '', files: marketing?.shipping.tree ?? {} } }
}
