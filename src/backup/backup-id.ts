/** When the database was dumped, to the second, and its name. No two of one tenant share a second, so ids sort by time. */
export const BACKUP_ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-[a-z][a-z0-9_]{0,62}$/

/** A name for a new backup, which sorts behind all before it. */
export function backupId(database: string, known: readonly string[], now = new Date()): string {
  const second = Math.floor(now.getTime() / 1000) * 1000
  const latest = Math.max(second, ...known.map((id) => backupTime(id) + 1000))
  const time = new Date(latest).toISOString().replace(/\.\d+Z$/, 'Z')
  return `${time.replaceAll(/[-:]/g, '')}-${database}`
}

/** In ms since the epoch; 0 for what is not the id of a backup. */
export function backupTime(id: string): number {
  const match = BACKUP_ID.exec(id)
  return match === null
    ? 0
    : Date.parse(match[0].replace(/^(.{4})(..)(..)T(..)(..)(..)Z.*$/, '$1-$2-$3T$4:$5:$6Z')) || 0
}
