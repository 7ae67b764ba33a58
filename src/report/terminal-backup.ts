import type { BackupLine, BackupReport, RestoreReport } from './report.ts'
import { columnLines } from './columns.ts'
import { visible } from './escape.ts'
import { count, size } from './format.ts'
import type { Paint } from './paint.ts'
import { factLines, stepLines, warningLines } from './terminal-lists.ts'
import { nameList } from './words.ts'

export function backupLines(backup: BackupReport, tenant: string, ink: Paint, columns: number): string[] {
  const { made, path, copy, removed, failure } = backup
  const facts: [string, string][] = []
  if (made !== null)
    facts.push(['size', `${size(made.bytes)}, of PostgreSQL ${visible(made.server)}`], ['sha256', visible(made.sha256)])
  if (path !== null) facts.push(['on the host', visible(path)])
  if (copy !== null) facts.push(['copied to', visible(copy)])
  if (removed.length > 0)
    facts.push(['removed', `${count(removed.length, 'older', 'older')}: ${nameList(removed, visible)}`])
  const word = failure !== null ? ink.red('failed') : ink.green(visible(made?.id ?? 'none'))
  return [
    `${ink.bold('backup')}: ${word}`,
    ...factLines(facts, ink),
    ...stepLines(backup.steps, ink, columns),
    ...(made === null || failure !== null ? [] : next('to put it back', `restore ${tenant} ${made.id}`, ink))
  ]
}

/** The newest first, as they come. */
export function backupsLines(backups: BackupLine[], ink: Paint): string[] {
  if (backups.length === 0) return ['no backup yet']
  const rows = backups.map(({ id, at, bytes, by, server }) => [id, at, size(bytes), by, server].map(visible))
  const [head = '', ...lines] = columnLines([['backup', 'when', 'size', 'who', 'PostgreSQL'], ...rows])
  return [ink.dim(head), ...lines]
}

export function restoreLines(restore: RestoreReport, tenant: string, ink: Paint, columns: number): string[] {
  const { database, replaced, failure } = restore
  const facts: [string, string][] = [['database', visible(database)]]
  if (failure === null)
    facts.push(['holds', `${count(restore.tables, 'table')}, ${count(restore.migrations, 'applied migration')}`])
  if (replaced !== null) facts.push(['kept', `what it replaced, as ${visible(replaced)}, until the next restore`])
  const backup = visible(restore.backup)
  return [
    `${ink.bold('restore')}: ${failure === null ? ink.green(backup) : `${ink.red('failed')}: ${backup}`}`,
    ...factLines(facts, ink),
    ...warningLines(restore.warnings, ink, columns),
    ...stepLines(restore.steps, ink, columns),
    ...(failure === null ? next('next', `deploy ${tenant}`, ink) : [])
  ]
}

function next(why: string, command: string, ink: Paint): string[] {
  return [`  ${ink.dim(`${why}:`)} tenant ${visible(command)}`]
}
