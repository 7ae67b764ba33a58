import { z } from 'zod'
import type { Sidecar as Told } from '../facts/host-facts.ts'
import type { BackupLine } from '../report/report.ts'
import { BACKUP_ID } from './backup-id.ts'

/** What stands beside a dump, as `<id>.json`: without it, a dump is no backup. */
const Sidecar = z.object({
  id: z.string().regex(BACKUP_ID),
  at: z.iso.datetime(),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  by: z.string(),
  server: z.string(),
  database: z.string()
})

/** The backup that a sidecar stands for, or why it does not. */
export function readSidecar({ id, bytes, text }: Told): { line: BackupLine } | { damage: string } {
  const read = Sidecar.safeParse(parsed(text))
  if (!read.success || read.data.id !== id) return { damage: `${id}.json does not say what a backup is` }
  const { at, sha256, by, server } = read.data
  if (bytes === null) return { damage: 'its dump is missing' }
  if (bytes !== read.data.bytes) return { damage: `its dump has ${bytes} bytes instead of ${read.data.bytes}` }
  return { line: { id, at, bytes, sha256, by, server } }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
