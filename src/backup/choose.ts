import { resolve } from 'node:path'
import type { Shipment } from '../deploy/shipment.ts'
import { TenantError } from '../errors.ts'
import { nearest } from '../tenant/nearest.ts'
import { readBackups, type Backups } from './backups.ts'
import { readLocalDump, type LocalDump } from './local-file.ts'

/** What a restore is made from: a backup on the host, or a file on this machine that goes there first. */
export interface Chosen {
  /** Path on the host. */
  path: string
  sha256: string
  upload: LocalDump | null
}

/** A backup on the host is named by its id; what looks like the path of a file is one. */
export async function choose(shipment: Shipment, backup: string): Promise<Chosen> {
  const { backups } = shipment.layout
  if (backup.includes('/') || backup.endsWith('.dump')) {
    const upload = await readLocalDump(resolve(backup))
    return { path: `${backups}/.restore-${upload.sha256.slice(0, 16)}.dump`, sha256: upload.sha256, upload }
  }
  const found = await readBackups(shipment)
  const line = found.lines.find(({ id }) => id === backup)
  if (line === undefined) throw unknown(shipment, backup, found)
  return { path: `${backups}/${line.id}.dump`, sha256: line.sha256, upload: null }
}

function unknown({ tenant, layout, remote }: Shipment, backup: string, { lines, damaged }: Backups): TenantError {
  const ids = lines.map(({ id }) => id)
  const damage = damaged.find(({ id }) => id === backup)?.damage
  const near = nearest(backup, ids)
  const hints = [
    ...(near === undefined || damage !== undefined ? [] : [`did you mean ${near}?`]),
    ids.length === 0
      ? `there is no backup yet: \`tenant backup ${tenant.name}\` makes one, and a file is named by its path`
      : `the newest are ${ids.slice(0, 3).join(', ')}; \`tenant backups ${tenant.name}\` lists all`
  ]
  return new TenantError(
    'restore',
    damage === undefined
      ? `there is no backup ${JSON.stringify(backup)}`
      : `the backup ${backup} was damaged: ${damage}`,
    { where: `${layout.backups} on ${remote.name}`, remedy: hints.join(' ') }
  )
}
