import { z } from 'zod'
import { TenantError } from '../errors.ts'
import type { Answers } from './facts.ts'
import type { FactRequest } from './requests.ts'
import { factSchemas } from './answer-schemas.ts'

/**
 * Checks what the collector on a host printed against the questions that it was asked.
 * @throws TenantError of kind `host-answer` when it is not an answer to them; `host` is for its message.
 */
export function readAnswers<Q extends Record<string, FactRequest>>(
  stdout: string,
  requests: Q,
  host: string
): Answers<Q> {
  const checked = answersTo(requests).safeParse(parsed(stdout, host))
  if (checked.success) return checked.data.answers as Answers<Q>
  const issue = checked.error.issues[0]
  throw unreadable(
    `the collector's answer is not one to our questions: ${issue?.path.join('.')}: ${issue?.message}`,
    host
  )
}

function answersTo(requests: Record<string, FactRequest>) {
  const shape = Object.entries(requests).map(([name, { kind }]) => [
    name,
    z.discriminatedUnion('ok', [
      z.strictObject({ ok: z.literal(true), fact: factSchemas[kind] }),
      z.strictObject({ ok: z.literal(false), cause: z.string() })
    ])
  ])
  return z.strictObject({ version: z.literal(1), answers: z.strictObject(Object.fromEntries(shape) as z.ZodRawShape) })
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
