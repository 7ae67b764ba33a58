import type { Answer } from '../facts.ts'
import type { FactRequest, PoolerRequest } from '../requests.ts'
import { answerAll } from '../ask.ts'
import { causeOf } from '../cause.ts'
import { readText } from '../read.ts'
import { readHeldHost, type HeldHost } from './host.ts'
import { PROTOCOL } from './protocol.ts'
import { questionsOn } from './questions.ts'
import { Rule } from './rule.ts'
import { tellsOn } from './telling.ts'

/** So long may the line with all questions be: those about some thousand tenants. */
export const MOST_LINE_BYTES = 32 * 1024 * 1024
const mostQuestions = 200_000
const mostNameLength = 300

/** The line was no questions at all. */
export class NoQuestions extends Error {}

/**
 * Answers questions for somebody who may only look: each that is not one of the known kinds, about this host's own
 * things, is refused by itself, and the others go on.
 * @throws NoQuestions for a line that is something else
 */
export async function answerHeld(line: string, hostFile: string, searchPath: string): Promise<object> {
  const asked = parsed(line)
  const { protocol, requests } = asked
  if (protocol !== PROTOCOL)
    return { version: 1, mismatch: { asked: typeof protocol === 'number' ? protocol : null, speaks: PROTOCOL } }
  if (typeof requests !== 'object' || requests === null || Array.isArray(requests)) throw new NoQuestions()
  const questions = Object.entries(requests as Record<string, unknown>)
  if (questions.length > mostQuestions) throw new NoQuestions()
  const text = await readText(hostFile)
  if (text === null) throw new Error(`${hostFile} is missing`)
  return { version: 1, answers: await answers(questions, readHeldHost(text, hostFile), searchPath) }
}

async function answers(
  questions: readonly (readonly [string, unknown])[],
  host: HeldHost,
  searchPath: string
): Promise<Record<string, Answer>> {
  const read = questionsOn(host)
  const rule = new Rule(host)
  const permitted: [string, FactRequest][] = []
  const told: [string, Answer][] = []
  for (const [name, question] of questions) {
    try {
      if (name.length > mostNameLength) throw new Error('its name is too long')
      const ruling = await rule.of(read(question))
      if ('request' in ruling) permitted.push([name, ruling.request])
      else told.push([name, ruling.answer])
    } catch (error) {
      told.push([name, { ok: false, cause: `the key that only looks may not ask this: ${causeOf(error)}` }])
    }
  }
  // fromEntries, as a question may be called __proto__.
  const found = await answerAll(Object.fromEntries(permitted), { searchPath, tells: await tellsOn(host) })
  const shown = permitted.map(([name, { kind }]) => {
    const answer = found[name]!
    return [name, kind === 'pooler' ? narrowed(answer as Answer<PoolerRequest>) : answer] as const
  })
  return Object.fromEntries([...told, ...shown])
}

/** Of PgBouncer's settings, those that are compared with anything. */
function narrowed(answer: Answer<PoolerRequest>): Answer {
  if (!answer.ok || answer.fact.config === null) return answer
  const { includes, settings } = answer.fact.config
  const told = ['auth_file', 'auth_type'].filter((name) => Object.hasOwn(settings, name))
  const config = { includes, settings: Object.fromEntries(told.map((name) => [name, settings[name]!])) }
  return { ok: true, fact: { ...answer.fact, config } }
}

function parsed(line: string): { protocol?: unknown; requests?: unknown } {
  try {
    const asked = JSON.parse(line) as unknown
    if (typeof asked === 'object' && asked !== null) return asked
  } catch {
    // Its message would repeat what was sent.
  }
  throw new NoQuestions()
}
