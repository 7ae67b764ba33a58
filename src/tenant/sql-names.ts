import { reservedSql } from './reserved.ts'
import { text } from './text.ts'

const keptSqlName = (name: string) =>
  reservedSql.has(name) || name.startsWith('pg_')
    ? 'choose another name: PostgreSQL or PgBouncer keeps this one for itself'
    : undefined

export const roleName = text({
  noun: 'a name for a role',
  pattern: /^[a-z][a-z0-9_]*$/,
  max: 63,
  write: 'lower-case letters, digits and underscores, a letter first',
  example: 'yourbrand',
  remedy: keptSqlName
})

/** What a restore puts behind the name of a database: for the one that it fills, and for the one that it replaced. */
export const databaseSuffixes = { fresh: '_restore', replaced: '_replaced' }

export const databaseName = text({
  noun: 'a name for a database',
  pattern: /^[a-z][a-z0-9_]*$/,
  // With a suffix it still fits the 63 bytes of a name in PostgreSQL.
  max: 54,
  write: 'at most 54 lower-case letters, digits and underscores, a letter first',
  example: 'yourbrand',
  remedy: (name) =>
    Object.values(databaseSuffixes).some((suffix) => name.endsWith(suffix))
      ? 'choose another name: a restore keeps databases under names that end like this'
      : keptSqlName(name)
})
