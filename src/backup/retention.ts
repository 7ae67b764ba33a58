import type { BackupLine } from '../report/report.ts'

const DAY_MS = 24 * 60 * 60_000

/** The ids of the backups that are too many or too old. The newest stays, whatever its age. */
export function expired(
  backups: readonly BackupLine[],
  { count, days }: { count: number; days: number },
  now = Date.now()
): string[] {
  const newestFirst = backups.toSorted((one, other) => (one.id < other.id ? 1 : -1))
  return newestFirst
    .filter(({ at }, index) => index > 0 && (index >= count || now - Date.parse(at) > days * DAY_MS))
    .map(({ id }) => id)
}
