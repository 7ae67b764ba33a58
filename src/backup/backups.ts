import type { Shipment } from '../deploy/shipment.ts'
import { mustExecute } from '../remote/execute.ts'
import type { BackupLine } from '../report/report.ts'
import { BACKUP_ID } from './backup-id.ts'
import { MOST_SIDECAR_BYTES, readSidecar } from './sidecar.ts'

const LIST_MS = 60_000

const LIST = `[ -d "$1" ] || exit 0
cd -- "$1"
for file in *.json; do
  [ -f "$file" ] || continue
  bytes=$(stat -L -c %s -- "\${file%.json}.dump" 2>/dev/null) || bytes=-
  printf '%s %s %s\\n' "$file" "$bytes" "$(head -c ${MOST_SIDECAR_BYTES} -- "$file" | base64 | tr -d '\\n')"
done`

export interface Backups {
  /** The newest first. */
  lines: BackupLine[]
  /** What looks like a backup and can't be restored, and why. */
  damaged: { id: string; damage: string }[]
}

/** The backups of a tenant's database that its host has. */
export async function readBackups(shipment: Shipment): Promise<Backups> {
  const { layout, remote } = shipment
  const { stdout } = await mustExecute(
    remote,
    { script: LIST, args: [layout.backups] },
    { as: layout.account, step: 'list the backups', deadlineMs: LIST_MS }
  )
  return sortOut(stdout)
}

/** Reads what the host printed: for each sidecar its name, the size of its dump, and its text in base64. */
export function sortOut(printed: string): Backups {
  const backups: Backups = { lines: [], damaged: [] }
  for (const line of printed.split('\n')) {
    // The folder is the tenant's own; what it puts there besides is none of ours.
    const [, id = '', bytes, text = ''] = /^(\S+)\.json (\d+|-) (\S*)$/.exec(line) ?? []
    if (!BACKUP_ID.test(id)) continue
    const size = bytes === '-' ? null : Number(bytes)
    const read = readSidecar({ id, bytes: size, text: Buffer.from(text, 'base64').toString('utf8') })
    if ('line' in read) backups.lines.push(read.line)
    else backups.damaged.push({ id, damage: read.damage })
  }
  const newestFirst = (one: { id: string }, other: { id: string }) => (one.id < other.id ? 1 : -1)
  return { lines: backups.lines.sort(newestFirst), damaged: backups.damaged.sort(newestFirst) }
}

/** The newest first. What is damaged is left out, and told. */
export async function listBackups(shipment: Shipment): Promise<BackupLine[]> {
  const { lines, damaged } = await readBackups(shipment)
  for (const { id, damage } of damaged)
    shipment.tell({ kind: 'message', text: `left out the backup ${id}, which can't be restored: ${damage}` })
  return lines
}
