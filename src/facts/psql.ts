import type { Administrator } from './requests.ts'
import { limit } from './limit.ts'
import { runPsql, type Query } from './psql-session.ts'
import { settled } from './settled.ts'

// Many tenants share one server, and its connections are the tenants' first.
const atOnce = 2
const inTurn = limit(atOnce)
/** To start another psql takes longer than to ask so many questions of one. */
const leastForOne = 8

interface Question extends Query {
  answer(found: unknown): void
  refuse(error: Error): void
}

/** What was asked in the same breath, as one administrator. */
interface Round {
  administrator: Administrator
  searchPath: string
  questions: Question[]
}

const rounds = new Map<string, Round>()

/** Asks one query with one JSON document as its answer. What is asked at once shares a few sessions: there may be a hundred tenants. */
export function askPsql(query: Query, administrator: Administrator, searchPath: string): Promise<unknown> {
  return new Promise((answer, refuse) => {
    const key = JSON.stringify([administrator, searchPath])
    let round = rounds.get(key)
    if (round === undefined) {
      const begun = (round = { administrator, searchPath, questions: [] })
      rounds.set(key, begun)
      setImmediate(() => {
        rounds.delete(key)
        void answerRound(begun)
      })
    }
    round.questions.push({ ...query, answer, refuse })
  })
}

async function answerRound(round: Round): Promise<void> {
  const { questions } = round
  const each = Math.max(leastForOne, Math.ceil(questions.length / atOnce))
  const shares: Question[][] = []
  for (let from = 0; from < questions.length; from += each) shares.push(questions.slice(from, from + each))
  await settled(shares.map((share) => inTurn(() => answerShare(share, round))))
}

/** A question that fails ends the session; those behind it are asked in another one. */
async function answerShare(share: readonly Question[], { administrator, searchPath }: Round): Promise<void> {
  let left = share
  try {
    while (left.length > 0) {
      const { lines, error, isCut } = await runPsql(left, administrator, searchPath)
      const answered = left.slice(0, lines.length)
      for (const [at, question] of answered.entries()) tell(question, lines[at]!)
      left = left.slice(answered.length)
      const [next] = left
      if (next === undefined) return
      // Where we are not let in, the others would wait as long each to be told the same.
      const isFailed = (one: Question) => one === next || (isCut && one.database === next.database)
      for (const { refuse } of left.filter(isFailed)) refuse(error ?? new Error('psql gave no answer'))
      left = left.filter((one) => !isFailed(one))
    }
  } catch (thrown) {
    for (const { refuse } of left) refuse(thrown as Error)
  }
}

function tell({ answer, refuse }: Question, line: string): void {
  try {
    answer(JSON.parse(line))
  } catch {
    // Node's own message quotes from the text, in which there are secrets.
    refuse(new Error("psql's answer is not JSON"))
  }
}
