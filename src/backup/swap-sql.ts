import { identifier, literal } from '../resources/administrator.ts'
import { databaseSuffixes } from '../tenant/sql-names.ts'

/** The databases that a restore deals with. */
export interface Databases {
  live: string
  /** Filled and checked before it takes the name of the live one. */
  fresh: string
  /** What was live before, until the next restore. */
  replaced: string
}

export function databasesOf(live: string): Databases {
  return { live, fresh: `${live}${databaseSuffixes.fresh}`, replaced: `${live}${databaseSuffixes.replaced}` }
}

/** Which of the databases there are, whether each is one that createSql made and nobody got yet, and whose: a row for each. */
export function ownersSql({ live, fresh, replaced }: Databases): string {
  const names = [live, fresh, replaced].map(literal).join(', ')
  return `SELECT datname, datconnlimit = 0 AND pg_get_userbyid(datdba) = current_user, pg_get_userbyid(datdba)
  FROM pg_database WHERE datname IN (${names});`
}

/** The settings that stand with the live database itself, by name: a dump does not hold them. */
export function settingsSql({ live }: Databases): string {
  return `SELECT DISTINCT split_part(setting, '=', 1) FROM pg_db_role_setting
  JOIN pg_database ON pg_database.oid = setdatabase, unnest(setconfig) AS setting WHERE datname = ${literal(live)};`
}

/** An extension that the role could not make again. */
export interface Extension {
  name: string
  schema: string
}

/**
 * The extensions of the live database that its role does not own, what others need first. A schema may have any name
 * that the tenant gave it, with line ends in it: in hexadecimal it is one column of one row.
 */
export function extensionsSql(role: string): string {
  const hex = (name: string) => `encode(convert_to(${name}, 'UTF8'), 'hex')`
  return `SELECT ${hex('extname')}, ${hex('nspname')}
  FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
  WHERE pg_get_userbyid(extowner) <> ${literal(role)} AND extname <> 'plpgsql' ORDER BY pg_extension.oid;`
}

export function readExtensions(rows: readonly string[][]): Extension[] {
  const text = (hex = '') => Buffer.from(hex, 'hex').toString()
  return rows.map(([name, schema]) => ({ name: text(name), schema: text(schema) }))
}

/**
 * An empty database like the live one, of the same encoding and sort order. Only superusers can connect to it before it
 * is handed to the role.
 */
export function createSql({ live, fresh }: Databases): string {
  return `DROP DATABASE IF EXISTS ${identifier(fresh)} WITH (FORCE);
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L %s CONNECTION LIMIT 0',
    ${literal(fresh)}, pg_encoding_to_char(encoding), datcollate, datctype,
    CASE like_row->>'datlocprovider'
      WHEN 'i' THEN format('LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(like_row->>'datlocale', like_row->>'daticulocale'))
      WHEN 'b' THEN format('LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', like_row->>'datlocale')
      ELSE ''
    END)
  FROM pg_database, to_jsonb(pg_database) AS like_row WHERE datname = ${literal(live)} \\gexec
REVOKE ALL ON DATABASE ${identifier(fresh)} FROM PUBLIC;
`
}

/** In these there is nothing to make, as every database has them. */
const EVERYWHERE = ['public', 'pg_catalog', 'information_schema']

/**
 * What the role could not do in the fresh database itself. It gets the database when that is done: what it could make
 * there before would be found by an extension's own script, which runs as the administrator.
 */
export function prepareSql({ fresh }: Databases, role: string, extensions: readonly Extension[]): string {
  const schemas = [...new Set(extensions.map(({ schema }) => schema))].filter((name) => !EVERYWHERE.includes(name))
  return [
    'BEGIN;',
    ...schemas.map((name) => `CREATE SCHEMA ${identifier(name)};`),
    ...extensions.map(
      ({ name, schema }) => `CREATE EXTENSION ${identifier(name)} SCHEMA ${identifier(schema)} CASCADE;`
    ),
    // Before PostgreSQL 15, `public` is the administrator's.
    ...['public', ...schemas].map((name) => `ALTER SCHEMA ${identifier(name)} OWNER TO ${identifier(role)};`),
    `ALTER DATABASE ${identifier(fresh)} OWNER TO ${identifier(role)};`,
    `ALTER DATABASE ${identifier(fresh)} CONNECTION LIMIT -1;`,
    'COMMIT;'
  ].join('\n')
}

export function dropSql(database: string): string {
  return `DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE);`
}

/**
 * The fresh database becomes the live one, in one transaction. Sessions are ended for that, and may come back before
 * the rename has its lock: then both are tried again. Only when they are gone is the lock asked for: who connects while
 * it is held is refused afterwards, and PgBouncer then refuses everybody for a while (`server_login_retry`).
 */
export function swapSql({ live, fresh, replaced }: Databases): string {
  const databases = `datname IN (${literal(live)}, ${literal(fresh)})`
  return `DO $swap$
BEGIN
  FOR attempt IN 1..10 LOOP
    BEGIN
      PERFORM pg_stat_clear_snapshot();
      PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${databases};
      FOR waited IN 1..200 LOOP
        PERFORM pg_sleep(0.001);
        PERFORM pg_stat_clear_snapshot();
        EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE ${databases});
      END LOOP;
      ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replaced)};
      ALTER DATABASE ${identifier(fresh)} RENAME TO ${identifier(live)};
      RETURN;
    EXCEPTION WHEN object_in_use THEN
      IF attempt = 10 THEN RAISE; END IF;
    END;
  END LOOP;
END
$swap$;
`
}
