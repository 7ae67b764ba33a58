import type { Answer } from './facts.ts'
import type { FactRequest } from './requests.ts'
import { idsOf } from './accounts.ts'
import { become, ownUid, type Ids } from './become.ts'
import { causeOf } from './cause.ts'
import { lookAt, type Surroundings } from './look.ts'

/** How long the questions of one account may take, and each of them that goes over the network, in ms. */
const ACCOUNT_MS = 20_000

/** They ask the network or the kernel's own tables, where no account's rights count: all at once, whoever they are for. */
const overTheNetwork: readonly FactRequest['kind'][] = ['probe', 'connections', 'migrations', 'route']
/** It connects as soon as it is asked, and what then comes needs no rights any more. */
const bySocket: readonly FactRequest['kind'][] = ['processes']
/** They start programs, or ask what may be started, which the system answers by the real id. */
const byPrograms: readonly FactRequest['kind'][] = ['tools', 'database', 'nginx-test']
/** For these, accounts need not wait with their turns: what takes long is done by a server, and programs begin as ourselves. */
const besides: readonly FactRequest['kind'][] = [...overTheNetwork, 'database']

interface Question {
  name: string
  request: FactRequest
}

/** The questions of one account, and what it takes to have its rights: null where we have them. */
interface Turn {
  questions: Question[]
  ids: Ids | null
}

/**
 * Answers every question by itself: one that fails says why, and the others go on. What goes over the network goes on all
 * the while, and so do databases; of the rest those without an account come first, all at once, then those of each account,
 * with its rights.
 */
export async function answerAll(
  requests: Record<string, FactRequest>,
  surroundings: Surroundings
): Promise<Record<string, Answer>> {
  const questions = Object.entries(requests).map(([name, request]) => ({ name, request }))
  const answers = new Map<string, Promise<Answer>>()
  const begin = (some: Question[], find: (request: FactRequest) => Promise<Answer>) =>
    some.map(({ name, request }) => {
      const answer = find(request)
      answers.set(name, answer)
      return { answer, kind: request.kind }
    })

  const turns: Turn[] = []
  for (const [account, some] of byAccount(questions)) {
    try {
      turns.push({ questions: some, ids: await idsToBecome(account) })
    } catch (error) {
      begin(some, () => Promise.resolve(failed(error)))
    }
  }
  for (const turn of turns) {
    begin(turn.questions.filter(isOverTheNetwork), (request) => inTime(answerTo(request, surroundings), request))
  }
  const ownBegun = begin(
    questions.filter(({ request }) => request.as === undefined),
    (request) => answerTo(request, surroundings)
  )
  await ended(ownBegun.filter(({ kind }) => !besides.includes(kind)))
  for (const { questions: all, ids } of turns) {
    const some = all.filter((question) => !isOverTheNetwork(question))
    const work = (signal: AbortSignal) =>
      ended(begin(some, (request) => (ids === null ? answerTo : answerWithin)(request, { ...surroundings, signal })))
    try {
      await cutShort((signal) => (ids === null ? work(signal) : become(ids, () => work(signal))))
    } catch (error) {
      begin(
        some.filter(({ name }) => !answers.has(name)),
        () => Promise.resolve(failed(error))
      )
    }
  }
  return Object.fromEntries(
    await Promise.all([...answers].map(async ([name, answer]) => [name, await answer] as const))
  )
}

async function answerTo(request: FactRequest, surroundings: Surroundings): Promise<Answer> {
  try {
    return { ok: true, fact: await lookAt(request, surroundings) }
  } catch (error) {
    return failed(error)
  }
}

/** With the rights of an account that this process has only taken on. */
async function answerWithin(request: FactRequest, surroundings: Surroundings): Promise<Answer> {
  if (!byPrograms.includes(request.kind)) return answerTo(request, surroundings)
  return failed(new Error(`a question of the kind ${request.kind} can't be asked with the rights of ${request.as}`))
}

const failed = (error: unknown): Answer => ({ ok: false, cause: causeOf(error) })
const isOverTheNetwork = ({ request }: Question) => overTheNetwork.includes(request.kind)

/** When nothing that was begun needs the rights any more that it was begun with. */
async function ended(begun: { answer: Promise<Answer>; kind: FactRequest['kind'] }[]): Promise<void> {
  await Promise.all(begun.filter(({ kind }) => !bySocket.includes(kind)).map(({ answer }) => answer))
}

function byAccount(questions: Question[]): Map<string, Question[]> {
  const accounts = new Map<string, Question[]>()
  for (const question of questions) {
    const { as } = question.request
    if (as !== undefined) accounts.set(as, [...(accounts.get(as) ?? []), question])
  }
  return accounts
}

async function idsToBecome(account: string): Promise<Ids | null> {
  const ids = await idsOf(account)
  const own = ownUid()
  if (own === ids.uid) return null
  if (own !== 0) throw new Error(`only root and ${account} itself can look with the rights of ${account}`)
  return ids
}

/**
 * Has work that takes too long cut short. It is waited for all the same: a question that is still being answered when
 * the rights change back would be answered with those of root.
 */
async function cutShort(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(late(ACCOUNT_MS)), ACCOUNT_MS)
  try {
    await work(stop.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** What needs no rights can go on unheard. */
async function inTime(answer: Promise<Answer>, request: FactRequest): Promise<Answer> {
  const ms = ACCOUNT_MS + ('deadlineMs' in request ? request.deadlineMs : 0)
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(failed(late(ms))), ms)
  })
  try {
    return await Promise.race([answer, limit])
  } finally {
    clearTimeout(timer)
  }
}

const late = (ms: number) => new Error(`no answer within ${ms / 1000} s`)
