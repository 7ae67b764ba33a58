import type { Question } from './ask.ts'
import type { Presented } from './certificate.ts'
import type { Reply } from './reply.ts'
import type { Visitor } from './visitor.ts'

/** In bytes: of many tenants, each has so much of its answers kept until they are judged. */
const MOST_KEPT = 1024 * 1024

/** A visitor who may ask beforehand what will be asked. */
export interface Rehearsed {
  /** Asks, and keeps each answer. */
  beforehand: Visitor
  /** Gives an answer that was kept to the first who asks the same, and asks whatever else there is. */
  afterwards: Visitor
}

export function rehearsed(visitor: Visitor): Rehearsed {
  const kept = new Map<string, Promise<unknown>[]>()
  let bytes = 0
  const keep = <T>(key: string, answer: Promise<T>, isSmall: (found: T) => boolean): Promise<T> => {
    answer.then(
      (found) => {
        if (isSmall(found)) kept.set(key, [...(kept.get(key) ?? []), answer])
      },
      // That there was no answer is one, too.
      () => kept.set(key, [...(kept.get(key) ?? []), answer])
    )
    return answer
  }
  const fits = ({ body }: Reply) => {
    if (bytes + body.length > MOST_KEPT) return false
    bytes += body.length
    return true
  }
  const take = <T>(key: string): Promise<T> | undefined => kept.get(key)?.shift() as Promise<T> | undefined
  return {
    beforehand: {
      ...visitor,
      ask: (url, signal, question) => keep(keyOf(url, question), visitor.ask(url, signal, question), fits),
      certificate: (domain, signal) => keep(domain, visitor.certificate(domain, signal), () => true)
    },
    afterwards: {
      ...visitor,
      ask: (url, signal, question) => take<Reply>(keyOf(url, question)) ?? visitor.ask(url, signal, question),
      certificate: (domain, signal) => take<Presented>(domain) ?? visitor.certificate(domain, signal)
    }
  }
}

function keyOf(url: string, { method = 'GET', headers = {} }: Question = {}): string {
  return JSON.stringify([method, url, headers])
}
