import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from './no-answer.ts'

/** How often something is asked again: the pause before each further time, in ms. */
export interface Patience {
  /** Where what is wrong may well pass by itself: no answer, too many requests, a fault of the server. */
  passing: readonly number[]
  /** Where the answer is another than expected. */
  wrong: readonly number[]
}

export type Quality = 'good' | keyof Patience

/**
 * Tries until the answer is good or patience is at its end, and hands over the last answer.
 * @param attempt is told how often it was called, this time included
 */
export async function patiently<T>(
  attempt: (times: number) => Promise<T>,
  qualityOf: (answer: T | NoAnswer) => Quality,
  patience: Patience,
  signal: AbortSignal
): Promise<T | NoAnswer> {
  const pauses = { passing: [...patience.passing], wrong: [...patience.wrong] }
  for (let times = 1; ; times++) {
    const answer = await attempt(times).catch(unanswered)
    const quality = qualityOf(answer)
    const pause = quality === 'good' ? undefined : pauses[quality].shift()
    if (pause === undefined) return answer
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

function unanswered(thrown: unknown): NoAnswer {
  if (thrown instanceof NoAnswer) return thrown
  throw thrown
}
