import { z } from 'zod'
import type { Preview } from '../../report/preview-report.ts'

const laneName = z.enum(['marketing', 'app'])
const verdict = z.enum(['in-sync', 'drifted', 'missing', 'unmanaged', 'unknown'])
const step = z.object({
  name: z.string(),
  ms: z.number(),
  outcome: z.enum(['done', 'unchanged', 'skipped', 'failed']),
  note: z.string().optional()
})
const difference = z.object({ attribute: z.string(), expected: z.string(), actual: z.string() })
const finding = z.object({
  address: z.string(),
  verdict,
  differences: z.array(difference),
  cause: z.string().optional()
})
const failure = z.object({
  step: z.string(),
  // Of the closed list; a newer program may know more of them.
  kind: z.string(),
  message: z.string(),
  where: z.string().optional(),
  remedy: z.string().optional(),
  log: z.string().optional()
})
const hash = z.string().regex(/^[0-9a-f]{12}$/)
const texts = z.array(z.string())

const lane = z.object({
  lane: laneName,
  release: z.string().nullable(),
  previous: z.string().nullable(),
  changed: z.boolean(),
  url: z.string(),
  files: z.object({ created: texts, changed: texts, deleted: texts, bytes: z.number() }),
  uncompared: z.string().nullable(),
  steps: z.array(step),
  probes: z.array(z.never()),
  site: z.object({ path: z.string(), changed: z.boolean(), reloaded: z.boolean(), diff: z.string() }).nullable(),
  migrations: z
    .object({
      applied: texts,
      pending: texts,
      sql: z.array(z.object({ name: z.string(), sql: z.string(), bytes: z.number() })).optional()
    })
    .nullable(),
  env: z.object({ added: texts, changed: texts, removed: texts }).nullable(),
  restarts: z.boolean().nullable(),
  fingerprint: z
    .object({
      files: hash,
      site: hash,
      environment: hash,
      migrations: hash,
      recipe: hash,
      host: hash.nullable()
    })
    .nullable(),
  findings: z.array(finding),
  warnings: texts,
  failure: failure.nullable()
})

const provision = z.object({
  changed: z.boolean(),
  steps: z.array(step),
  changes: z.array(
    z.object({
      address: z.string(),
      verdict,
      differences: z.array(difference),
      actions: texts,
      remedy: z.string().optional()
    })
  ),
  findings: z.array(finding),
  warnings: texts,
  failure: failure.nullable()
})

/** What a preview job leaves for the job that writes the comment. */
export const previewSchema = z.object({
  version: z.literal(1),
  tenant: z.string().regex(/^[a-z](?:-?[a-z0-9])*$/),
  lanes: z.array(laneName),
  commit: z.string().nullable(),
  compared: z.enum(['host', 'base']),
  note: z.string().nullable(),
  report: z.object({
    host: z.string(),
    outcome: z.enum(['changed', 'unchanged', 'failed']),
    changed: z.boolean(),
    exitCode: z.number(),
    run: z.string().nullable(),
    provision: provision.nullable(),
    lanes: z.array(lane),
    failure: failure.nullable()
  })
}) as unknown as z.ZodType<Preview & { version: 1 }>
