import { z } from 'zod'
import { TenantError } from '../errors.ts'
import type { Answers, FactRequest } from './facts.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().int().nonnegative()

/** An object with free keys. Unlike z.record it keeps a key called __proto__, and the result inherits no names. */
function named<T>(value: z.ZodType<T>) {
  return z
    .custom<object>(isObject, 'expected an object')
    .transform((object) => Object.entries(object) as unknown[])
    .pipe(z.array(z.tuple([z.string(), value])) as z.ZodType<[string, T][], unknown[]>)
    .transform((entries) => Object.setPrototypeOf(Object.fromEntries(entries), null) as Record<string, T>)
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)

const facts = {
  tree: z.strictObject({
    exists: z.boolean(),
    files: named(
      z
        .strictObject({ sha256: sha256.optional(), link: z.string().optional(), executable: z.boolean(), bytes: count })
        .refine((entry) => (entry.sha256 === undefined) !== (entry.link === undefined), 'needs a hash or a link')
    )
  }),
  file: z.strictObject({
    exists: z.boolean(),
    sha256: sha256.optional(),
    bytes: count.optional(),
    mode: z
      .string()
      .regex(/^[0-7]{4}$/)
      .optional(),
    owner: z.string().optional(),
    group: z.string().optional(),
    mtimeMs: z.number().optional(),
    content: z.base64().optional(),
    env: named(sha256).optional()
  }),
  releases: z.strictObject({
    current: z.string().nullable(),
    present: z.array(z.string()),
    log: z.array(
      z.object({
        at: z.string(),
        lane: z.string(),
        release: z.string(),
        event: z.enum(['started', 'healthy', 'published', 'failed', 'rolled-back']),
        by: z.string(),
        commit: z.string().nullable(),
        run: z.string().nullable(),
        note: z.string().optional()
      })
    )
  }),
  processes: z.strictObject({
    daemon: z.boolean(),
    processes: z.array(
      z.strictObject({
        name: z.string(),
        status: z.string(),
        pid: count,
        restarts: count,
        cwd: z.string(),
        env: named(z.string()),
        startedAtMs: z.number()
      })
    )
  }),
  probe: z.strictObject({
    ok: z.boolean(),
    attempts: z.array(
      z.strictObject({
        status: count.optional(),
        ms: count,
        release: z.string().optional(),
        error: z.string().optional()
      })
    )
  }),
  connections: z.strictObject({ established: count, listening: z.boolean() }),
  nginx: z.strictObject({
    running: z.boolean(),
    master: count,
    workers: z.array(z.strictObject({ pid: count, startedAtMs: z.number() }))
  }),
  migrations: z.strictObject({
    applied: z.array(z.strictObject({ name: z.string(), sha256: z.string(), at: z.iso.datetime() }))
  }),
  tools: named(z.string().nullable())
} satisfies Record<FactRequest['kind'], z.ZodType>

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
      z.strictObject({ ok: z.literal(true), fact: facts[kind] }),
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
