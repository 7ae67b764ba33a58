import { expect, test } from 'vitest'
import { advice } from '../../../src/backup/advice.ts'

test.each([
  ['pg_dump: error: could not write to file: No space left on device', 'disk space'],
  ['ERROR:  could not extend file "base/16384/16397": No space left on device', 'disk space'],
  [
    'pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 17.2; pg_dump version: 15.18',
    'postgresql-client'
  ],
  ['pg_restore: error: unsupported version (1.16) in file header', 'postgresql-client'],
  ['pg_restore: error: input file does not appear to be a valid archive', 'another backup'],
  ['pg_restore: error: input file appears to be a text format dump. Please use psql.', 'another backup'],
  ['pg_restore: error: could not read from input file: end of file', 'another backup'],
  ['ERROR:  permission denied to create extension "postgis"', 'in the live database, in the schema'],
  ['ERROR:  extension "postgis" is not available', 'install the extension on the server'],
  ['pg_dump: error: query failed: ERROR:  permission denied for table guests', 'tenant provision yourbrand'],
  ['FATAL:  password authentication failed for user "yourbrand"', 'tenant provision yourbrand'],
  ['ERROR:  canceling statement due to lock timeout', 'lock'],
  ['connection to server at "127.0.0.1", port 5432 failed: Connection refused', 'PostgreSQL runs'],
  ['something that nobody has seen yet', 'the log below']
])('%j', (log, word) => {
  expect(advice(log, 'yourbrand')).toContain(word)
})
