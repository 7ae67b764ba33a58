import { z } from 'zod'
import type { FileFact } from '../facts/facts.ts'

/** What a release says of itself, in its own folder; written before it is published and never after. */
const Record_ = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  at: z.string(),
  by: z.string(),
  commit: z.string().nullable(),
  run: z.string().nullable(),
  /** How it was made and is run: what differs here needs a new release although no file differs. */
  recipe: z.record(z.string(), z.string()),
  /** SHA-256 of the lockfile that its packages were installed from. */
  lockfile: z.string().nullable(),
  /** What was shipped: path -> content. */
  files: z.record(
    z.string(),
    z.strictObject({
      sha256: z.string().optional(),
      link: z.string().optional(),
      executable: z.boolean(),
      bytes: z.number()
    })
  )
})
export type ReleaseRecord = z.infer<typeof Record_>

/** More would be a site of some 300,000 files. */
export const MOST_RECORD_BYTES = 64 * 1024 * 1024

/** @throws Error where the file holds something else than a record. */
export function readRecord(fact: FileFact): ReleaseRecord | null {
  if (!fact.exists) return null
  if (fact.content === undefined) throw new Error('the release record is too large to read')
  const parsed = Record_.safeParse(JSON.parse(Buffer.from(fact.content, 'base64').toString('utf8')))
  if (!parsed.success) throw new Error(`the release record was changed on the host: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
