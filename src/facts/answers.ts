import { z } from 'zod'
import { TenantError } from '../errors.ts'
import type { Answers } from './facts.ts'
import type { WatchMessage } from './logs.ts'
import type { FactRequest } from './requests.ts'
import { factSchemas, named, watchMessageSchema } from './answer-schemas.ts'

/**
 * Checks what the collector on a host printed against the questions that it was asked.
 * @throws TenantError of kind `host-answer` when it is not an answer to them; `host` is for its message.
 */
export function readAnswers<Q extends Record<string, FactRequest>>(
  stdout: string,
  requests: Q,
  host: string
): Answers<Q> {
  const whole = envelope.safeParse(parsed(stdout, host))
  if (!whole.success) throw notOurs(whole.error.issues[0], host)
  const { answers } = whole.data
  const more = Object.keys(answers).find((name) => !Object.hasOwn(requests, name))
  if (more !== undefined) throw notOurs({ path: ['answers', more], message: 'nobody asked this' }, host)
  const checked = Object.entries(requests).map(([name, { kind, as }]) => {
    const answer = schemaOf(kind).safeParse(answers[name])
    if (answer.success) return [name, answer.data] as const
    const issue = answer.error.issues[0]!
    if (as === undefined) throw notOurs({ ...issue, path: ['answers', name, ...issue.path] }, host)
    return [name, failedBecause(issue)] as const
  })
  return Object.fromEntries(checked) as Answers<Q>
}

/**
 * Checks one line of what the collector tells of logs.
 * @throws TenantError of kind `host-answer` when it is something else, which it does not quote: a log can hold anything.
 * `host` is for its message.
 */
export function readWatchMessage(line: string, host: string): WatchMessage {
  let message: unknown
  try {
    message = JSON.parse(line)
  } catch {
    throw unreadable('what the collector tells of logs is not whole JSON', host)
  }
  const checked = watchMessageSchema.safeParse(message)
  if (checked.success) return checked.data
  const issue = checked.error.issues[0]
  throw unreadable(`the collector tells no lines of logs: ${issue?.path.join('.')}: ${issue?.message}`, host)
}

const envelope = z.strictObject({ version: z.literal(1), answers: named(z.unknown()) })

const schemas = new Map<FactRequest['kind'], ReturnType<typeof answerSchema>>()

/** To make a schema takes longer than to hold an answer to it, and of many tenants the same is asked. */
function schemaOf(kind: FactRequest['kind']): ReturnType<typeof answerSchema> {
  const schema = schemas.get(kind) ?? answerSchema(kind)
  schemas.set(kind, schema)
  return schema
}

function answerSchema(kind: FactRequest['kind']) {
  return z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), fact: factSchemas[kind] }),
    z.strictObject({ ok: z.literal(false), cause: z.string() })
  ])
}

type Issue = Pick<z.core.$ZodIssue, 'path' | 'message'>

function notOurs(issue: Issue | undefined, host: string): TenantError {
  return unreadable(
    `the collector's answer is not one to our questions: ${issue?.path.join('.')}: ${issue?.message}`,
    host
  )
}

/** What an account has made itself may be of any kind, and must not hide what there is to know of the others. */
function failedBecause({ path, message }: Issue) {
  return { ok: false as const, cause: `what was found is no answer: ${path.join('.')}: ${message}` }
}

function parsed(stdout: string, host: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch (error) {
    const what = stdout.trim() === '' ? 'the collector printed nothing' : "the collector's answer is not whole JSON"
    throw unreadable(what, host, stdout.slice(-500), error)
  }
}

function unreadable(what: string, host: string, log?: string, cause?: unknown): TenantError {
  return new TenantError('host-answer', what, {
    where: host,
    remedy:
      'the host needs Node 18 or newer, and nothing else may print where its answer is awaited; run again with --verbose',
    ...(log ? { log } : {}),
    cause
  })
}
