import type { BackupLine, BackupReport, RestoreReport } from './report.ts'
import { count, size } from './format.ts'
import { stepsBlock, warningList } from './markdown-lists.ts'
import { cappedTable, code, table, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { nameList } from './words.ts'

export function backupBlocks(backup: BackupReport, tenant: string): Block[] {
  const { made, path, copy, removed, failure } = backup
  const rows: string[][] = []
  if (made !== null)
    rows.push(
      ['Backup', code(made.id)],
      ['Size', `${size(made.bytes)}, of PostgreSQL ${words(made.server, 100)}`],
      ['SHA-256', code(made.sha256)]
    )
  if (path !== null) rows.push(['On the host', code(path)])
  if (copy !== null) rows.push(['Copied to', code(copy)])
  if (removed.length > 0)
    rows.push(['Removed', `${count(removed.length, 'older', 'older')}: ${nameList(removed, code)}`])
  return [
    rows.length === 0 ? '' : table([' ', 'backup'], rows),
    made === null || failure !== null ? '' : `To put it back: ${code(`tenant restore ${tenant} ${made.id}`)}`,
    stepsBlock(backup.steps, failure !== null)
  ]
}

/** The newest first, as they come. */
export function backupsTable(backups: BackupLine[]): string {
  if (backups.length === 0) return 'No backup yet.'
  return cappedTable(['Backup', 'When', 'Size', 'Who', 'PostgreSQL'], backups, (backup) => [
    code(backup.id),
    words(backup.at, 40),
    size(backup.bytes),
    words(backup.by, 200),
    words(backup.server, 100)
  ])
}

export function restoreBlocks(restore: RestoreReport, tenant: string): Block[] {
  const { backup, database, replaced, failure } = restore
  const rows = [
    ['Backup', code(backup)],
    ['Database', code(database)]
  ]
  if (failure === null)
    rows.push(['Holds', `${count(restore.tables, 'table')}, ${count(restore.migrations, 'applied migration')}`])
  if (replaced !== null) rows.push(['Kept', `what it replaced, as ${code(replaced)}, until the next restore`])
  return [
    table([' ', 'restore'], rows),
    warningList(restore.warnings),
    failure === null ? `Next: ${code(`tenant deploy ${tenant}`)}` : '',
    stepsBlock(restore.steps, failure !== null)
  ]
}
