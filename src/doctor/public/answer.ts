import type { Difference, Finding } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import type { NoAnswer } from '../../visitor/no-answer.ts'
import { patiently, type Patience } from '../../visitor/patience.ts'
import type { Reply } from '../../visitor/reply.ts'
import type { Visitor } from '../../visitor/visitor.ts'

/** One look at the public addresses of a tenant: everything that a check needs to ask. */
export interface Visit {
  visitor: Visitor
  host: Host
  tenant: Tenant
  patience: Patience
  signal: AbortSignal
}

/** What a check found, and what it left out because a bound was met: that is not known to be fine. */
export interface Found {
  differences: Difference[]
  unseen?: Difference[]
}

export interface Answered extends Found {
  /** Null where there was no answer. */
  reply: Reply | null
}

/**
 * Asks until the answer is as it should be or patience is at its end.
 * @param expected what no answer, and one that says that the server cannot now, is held against
 * @param judge what is wrong with any other answer
 */
export async function answered(
  visit: Visit,
  attempt: (times: number) => Promise<Reply>,
  expected: Pick<Difference, 'attribute' | 'expected'>,
  judge: (reply: Reply) => Difference[]
): Promise<Answered> {
  const differences = (answer: Reply | NoAnswer): Difference[] => {
    if (answer instanceof Error) return [{ ...expected, actual: answer.message }]
    return isPassing(answer) ? [{ ...expected, actual: statusOf(answer) }] : judge(answer)
  }
  const answer = await patiently(
    attempt,
    (found) => {
      if (differences(found).length === 0) return 'good'
      return found instanceof Error || isPassing(found) ? 'passing' : 'wrong'
    },
    visit.patience,
    visit.signal
  )
  return { reply: answer instanceof Error ? null : answer, differences: differences(answer) }
}

function isPassing({ status }: Reply): boolean {
  return status >= 500 || status === 429
}

/** As in "status 404" or "301 to https://www.example.com/". */
export function statusOf({ status, headers }: Reply): string {
  const to = headers['location']
  return to === undefined ? `status ${status}` : `${status} to ${short(to.join(' and '))}`
}

const MOST_SHOWN = 200

/** What a stranger's answer holds, cut where it is long. */
export function short(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

export function findingOf(address: string, { differences, unseen = [] }: Found): Finding {
  if (differences.length > 0) return { address, verdict: 'drifted', differences: [...differences, ...unseen] }
  if (unseen.length === 0) return { address, verdict: 'in-sync', differences }
  const cause = unseen.map(({ attribute, actual }) => `${attribute}: ${actual}`).join('; ')
  return { address, verdict: 'unknown', differences, cause }
}
