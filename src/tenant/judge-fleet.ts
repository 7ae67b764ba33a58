import type { Complaint } from './complaint.ts'
import { explain } from './explain.ts'
import { exists, readManifest } from './files.ts'
import { FLEET_FILE, fleetSchema } from './fleet-file.ts'
import type { FleetFile } from './fleet-file.ts'
import { fleetJsonSchema } from './json-schema.ts'
import type { Source } from './source.ts'

export interface JudgedFleet {
  /** The defaults where there is no file, or one with faults. */
  fleet: FleetFile
  /** Null where there is no file. */
  source: Source | null
  complaints: Complaint[]
}

/** Reads how a change goes out to many tenants; a repository that does not say it has the defaults. */
export function judgeFleet(root: string): JudgedFleet {
  const defaults = fleetSchema.parse({})
  if (!exists(root, FLEET_FILE)) return { fleet: defaults, source: null, complaints: [] }
  const source = readManifest(root, FLEET_FILE)
  if (source.data === undefined) return { fleet: defaults, source, complaints: source.complaints }
  const parsed = fleetSchema.safeParse(source.data)
  if (!parsed.success) source.complaints.push(...explain(source, parsed.error.issues, fleetJsonSchema()))
  return { fleet: parsed.data ?? defaults, source, complaints: source.complaints }
}
