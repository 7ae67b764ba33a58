import { inOrder, ManifestError } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import { explain } from './explain.ts'
import { exists, readManifest } from './files.ts'
import { onCallJsonSchema } from './json-schema.ts'
import { onCallSchema } from './on-call.ts'
import type { OnCall } from './on-call.ts'

const file = '.github/on-call.yml'

/** Reads who is on call; null where the repository does not say, which is no fault. */
export function judgeOnCall(root: string): { plan: OnCall | null; complaints: Complaint[] } {
  if (!exists(root, file) && !exists(root, '.github/on-call.yaml')) return { plan: null, complaints: [] }
  const source = readManifest(root, file)
  if (source.data === undefined) return { plan: null, complaints: source.complaints }
  const parsed = onCallSchema.safeParse(source.data)
  if (!parsed.success) source.complaints.push(...explain(source, parsed.error.issues, onCallJsonSchema()))
  return { plan: parsed.data ?? null, complaints: source.complaints }
}

/**
 * Who is on call, by the repository at `root`; null where it does not say.
 * @throws ManifestError with all complaints about the file
 */
export function loadOnCall(root: string): OnCall | null {
  const { plan, complaints } = judgeOnCall(root)
  if (complaints.length > 0) throw new ManifestError(inOrder(complaints))
  return plan
}
