import { expect, test } from 'vitest'
import { createSql, databasesOf, prepareSql, readExtensions } from '../../../src/backup/swap-sql.ts'

const databases = databasesOf('shop')

test('the role gets the fresh database when all is done that the administrator does in it', () => {
  expect(createSql(databases)).toContain('CONNECTION LIMIT 0')
  expect(createSql(databases)).not.toContain('OWNER')
  const extensions = [
    { name: 'cube', schema: 'ext' },
    { name: 'earthdistance', schema: 'ext' },
    { name: 'dblink', schema: 'public' },
    { name: 'pg_cron', schema: 'pg_catalog' }
  ]
  expect(prepareSql(databases, 'seller', extensions).split('\n')).toEqual([
    'BEGIN;',
    'CREATE SCHEMA "ext";',
    'CREATE EXTENSION "cube" SCHEMA "ext" CASCADE;',
    'CREATE EXTENSION "earthdistance" SCHEMA "ext" CASCADE;',
    'CREATE EXTENSION "dblink" SCHEMA "public" CASCADE;',
    'CREATE EXTENSION "pg_cron" SCHEMA "pg_catalog" CASCADE;',
    'ALTER SCHEMA "public" OWNER TO "seller";',
    'ALTER SCHEMA "ext" OWNER TO "seller";',
    'ALTER DATABASE "shop_restore" OWNER TO "seller";',
    'ALTER DATABASE "shop_restore" CONNECTION LIMIT -1;',
    'COMMIT;'
  ])
})

test('a schema has any name', () => {
  const hex = (text: string) => Buffer.from(text).toString('hex')
  const schema = 'a|b\n"; naïve'
  expect(readExtensions([[hex('citext'), hex(schema)]])).toEqual([{ name: 'citext', schema }])
  expect(prepareSql(databases, 'seller', [{ name: 'citext', schema }])).toContain('SCHEMA "a|b\n""; naïve" CASCADE;')
})
