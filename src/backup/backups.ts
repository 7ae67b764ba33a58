import type { Shipment } from '../deploy/shipment.ts'
import { TenantError } from '../errors.ts'
import type { Sidecar } from '../facts/host-facts.ts'
import type { BackupLine } from '../report/report.ts'
import { BACKUP_ID } from './backup-id.ts'
import { readSidecar } from './sidecar.ts'

export interface Backups {
  /** The newest first. */
  lines: BackupLine[]
  /** What looks like a backup and can't be restored, and why. */
  damaged: { id: string; damage: string }[]
}

/** The backups of a tenant's database that its host has. */
export async function readBackups({ layout, remote }: Shipment): Promise<Backups> {
  const { found } = await remote.gather({ found: { kind: 'backups', folder: layout.backups } }, { as: layout.account })
  if (found.ok) return sortOut(found.fact.sidecars)
  throw new TenantError('host-answer', `could not list the backups: ${found.cause}`, {
    where: `${remote.name}:${layout.backups}`,
    remedy: 'put right what the host says'
  })
}

/** The folder is the tenant's own; what it puts there besides is none of ours. */
export function sortOut(sidecars: readonly Sidecar[]): Backups {
  const backups: Backups = { lines: [], damaged: [] }
  for (const sidecar of sidecars.filter(({ id }) => BACKUP_ID.test(id))) {
    const read = readSidecar(sidecar)
    if ('line' in read) backups.lines.push(read.line)
    else backups.damaged.push({ id: sidecar.id, damage: read.damage })
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
