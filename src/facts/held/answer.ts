import type { Answer } from '../facts.ts'
import type { FactRequest } from '../requests.ts'
import { answerAll } from '../ask.ts'
import { causeOf } from '../cause.ts'
import { readText } from '../read.ts'
import { readHeldHost, type HeldHost } from './host.ts'
import { PROTOCOL } from './protocol.ts'
import { questionsOn } from './questions.ts'
import { Rule } from './rule.ts'
import { tellsOn } from './telling.ts'

/** So long may the line with all questions be: some ten thousand tenants' on one host. */
export const MOST_LINE_BYTES = 64 * 1024 * 1024
const mostQuestions = 500_000
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
  return Object.fromEntries([...told, ...Object.entries(found)])
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
