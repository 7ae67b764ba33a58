import { createHash } from 'node:crypto'
import type { AppliedMigration } from '../facts/facts.ts'
import type { MigrationsRequest } from '../facts/requests.ts'
import type { Difference } from '../report/report.ts'
import type { PendingMigration } from '../report/review-report.ts'
import { judged, type Resource } from './resource.ts'

/** One hand-written SQL file of the app. */
export interface Migration {
  name: string
  sql: string
  sha256: string
}

export interface DatabaseAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
}

type Q = { applied: MigrationsRequest }

/** The migrations that the app's source holds against those that the database says were applied. */
export function migrationsResource(address: DatabaseAddress, migrations: readonly Migration[]): Resource<Q> {
  return {
    address: 'app.migrations',
    requests: { applied: { kind: 'migrations', ...address } },
    compare({ applied: { applied } }) {
      const { pending, edited, unknown } = sortMigrations(migrations, applied)
      const differences: Difference[] = [
        ...pending.map(({ name }) => ({ attribute: name, expected: 'applied', actual: 'pending' })),
        ...edited.map((name) => ({ attribute: name, expected: 'as it was when applied', actual: 'edited since' })),
        ...unknown.map((name) => ({
          attribute: name,
          expected: 'a file in the source',
          actual: 'applied, but not in the source'
        }))
      ]
      return judged(differences)
    }
  }
}

export interface SortedMigrations {
  pending: Migration[]
  /** Applied with another content than the file has now. */
  edited: string[]
  /** Applied, and no longer (or, after a rollback, not yet) in the source. */
  unknown: string[]
}

export function sortMigrations(
  migrations: readonly Migration[],
  applied: readonly AppliedMigration[]
): SortedMigrations {
  const done = new Map(applied.map(({ name, sha256 }) => [name, sha256]))
  const known = new Set(migrations.map(({ name }) => name))
  return {
    pending: migrations.filter(({ name }) => !done.has(name)),
    edited: migrations
      .filter(({ name, sha256 }) => done.has(name) && done.get(name) !== sha256)
      .map(({ name }) => name),
    unknown: applied.map(({ name }) => name).filter((name) => !known.has(name))
  }
}

export function migration(name: string, sql: string): Migration {
  return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
}

/** A reviewer reads so much of a file; who has to know more opens it. */
const SQL_CHARACTERS = 16 * 1024
const ALL_SQL_CHARACTERS = 128 * 1024

/** Pending migrations as a report has them: the beginning of each, and nothing more of those behind very long ones. */
export function pendingSql(pending: readonly Migration[]): PendingMigration[] {
  let room = ALL_SQL_CHARACTERS
  return pending.map(({ name, sql }) => {
    const shown = sql.slice(0, Math.min(SQL_CHARACTERS, room))
    room -= shown.length
    return { name, sql: shown, bytes: Buffer.byteLength(sql) }
  })
}
