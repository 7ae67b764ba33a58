import { z } from 'zod'
import { TenantError } from '../errors.ts'
import type { FileFact } from '../facts/facts.ts'
import type { App } from '../tenant/schema.ts'

const Entry = z.strictObject({
  sha256: z.string().optional(),
  link: z.string().optional(),
  executable: z.boolean(),
  bytes: z.number()
})

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
  /** What stands for the source of a site whose files are not its source's; releases of before have none. */
  source: z.string().nullable().optional(),
  /** SHA-256 of the `.env.local` that it was given. */
  environment: z.string().optional(),
  /** What was shipped: path -> content. */
  files: z.record(z.string(), Entry),
  /** Which of them install and build have rewritten (or, null, removed) on the host, and into what. */
  rebuilt: z.record(z.string(), Entry.nullable()).optional()
})
export type ReleaseRecord = z.infer<typeof Record_>

/** More would be a site of some 300,000 files. */
export const MOST_RECORD_BYTES = 64 * 1024 * 1024

/** @throws TenantError where the file holds something else than a record. */
export function readRecord(fact: FileFact): ReleaseRecord | null {
  if (!fact.exists) return null
  if (fact.content === undefined) throw damaged('it is too large to read')
  try {
    return Record_.parse(JSON.parse(Buffer.from(fact.content, 'base64').toString('utf8')))
  } catch (thrown) {
    throw damaged(thrown instanceof z.ZodError ? z.prettifyError(thrown) : 'it is not JSON')
  }
}

/** The app as the release was made: it is started and asked as it was then, whatever the manifest says today. */
export function appAsMade(app: App, recipe: Record<string, string>): App {
  const [a = app.ports[0], b = app.ports[1]] = recipe['ports']?.split(' ').map(Number) ?? []
  return {
    ...app,
    start: recipe['start']?.split(' ') ?? app.start,
    health: recipe['health'] ?? app.health,
    ports: [a, b]
  }
}

function damaged(why: string): TenantError {
  return new TenantError('host-answer', `the record of the live release was changed on the host: ${why}`, {
    where: '.tenant/release.json in the release',
    remedy: 'remove that file on the host: the next deploy then makes a new release from the source'
  })
}
