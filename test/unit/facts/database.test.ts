import { chmodSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { lookAtDatabase } from '../../../src/facts/database.ts'
import { foreignObjects, roleAndDatabase } from '../../../src/facts/database-queries.ts'
import { readCredential } from '../../../src/facts/credential.ts'
import type { Administrator } from '../../../src/facts/requests.ts'
import { folderWith } from './folder.ts'

const boss: Administrator = { host: '/run/sql', port: 5433, account: null, role: 'boss', password: 'hunter22' }
const secret = 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'
const rights = { login: true, superuser: false, createRole: false, createDatabase: false }
const role = { ...rights, replication: false, bypassRls: false, memberOf: [], members: ['boss'] }
const database = { owner: 'boss', encoding: 'UTF8', allowsConnections: true, connect: ['PUBLIC', 'boss'] }
const foreign = { foreign: [{ kind: 'table', name: 'public.a', owner: 'boss' }], foreignCount: 1 }

/** A folder with a `psql` that is this script; answers stand in files beside it. */
function psql(script: string, answers: Record<string, unknown> = {}): string {
  const files = Object.entries(answers).map(([name, answer]) => [`answer-${name}`, JSON.stringify(answer)])
  const folder = folderWith({ psql: `#!/bin/sh\ncd "$(dirname "$0")"\n${script}\n`, ...Object.fromEntries(files) })
  chmodSync(`${folder}/psql`, 0o755)
  return folder
}

/** Notes what it was asked and how, and answers for the database that it was asked in. */
const noting = `case "$*" in *" -d shop "*) in=shop;; *) in=postgres;; esac
printf '%s\\n' "$*" > "arguments-$in"; env > "environment-$in"; cat > "sql-$in"; cat "answer-$in"`

const look = (folder: string, administrator = boss) =>
  lookAtDatabase(
    { kind: 'database', administrator, database: 'shop', role: 'seller' },
    // The rest is for the script itself.
    `${folder}:/usr/bin:/bin`
  )

test('asks for role and database, then in the database itself; the keys of a credential stay where they are', async () => {
  const folder = psql(noting, { postgres: { role: { ...role, password: secret }, database }, shop: foreign })
  const fact = await look(folder)
  expect(fact).toEqual({
    role: { ...role, credential: readCredential(secret) },
    database: { ...database, ...foreign }
  })
  expect(JSON.stringify(fact)).not.toMatch(/c3RvcmVk|c2VydmVy/)
})

test('psql may only read, sees nothing of what a tenant made under a known name, and has its password from nobody else', async () => {
  const folder = psql(noting, { postgres: { role: null, database }, shop: foreign })
  await look(folder)
  for (const name of ['postgres', 'shop']) {
    const read = (what: string) => readFileSync(`${folder}/${what}-${name}`, 'utf8')
    expect(read('arguments')).toMatch(/^-X -q -A -t -v ON_ERROR_STOP=1 .*-h \/run\/sql -p 5433 -U boss -d \w+ -w\n$/)
    expect(read('arguments')).not.toContain('hunter22')
    const set = read('environment')
      .split('\n')
      .filter((line) => /^PG|^HOME=/.test(line))
    expect(set.sort()).toEqual([
      'PGAPPNAME=tenant-deploy',
      'PGCLIENTENCODING=UTF8',
      'PGCONNECT_TIMEOUT=5',
      'PGOPTIONS=-c default_transaction_read_only=on -c statement_timeout=10000 -c search_path=',
      'PGPASSWORD=hunter22'
    ])
    expect(read('sql')).toBe(name === 'shop' ? foreignObjects : roleAndDatabase)
  }
})

test.each([roleAndDatabase, foreignObjects])('each query is one that selects, and no command to psql', (sql) => {
  expect(sql.trim()).toMatch(/^(select|with)\b[^;\\]*;$/)
  expect(sql).not.toMatch(
    /\b(insert|update|delete|merge|into|copy|call|do|set|reset|set_config)\b|dblink|lo_\w+|pg_read/i
  )
})

test('what is not there, or lets nobody in, is not asked for more', async () => {
  expect(await look(psql(noting, { postgres: { role: null, database: null } }))).toEqual({ role: null, database: null })
  const closed = { ...database, allowsConnections: false }
  expect(await look(psql(noting, { postgres: { role: null, database: closed } }))).toEqual({
    role: null,
    database: { ...closed, foreign: [], foreignCount: 0 }
  })
})

test('what psql says is told in one line, without the password', async () => {
  const folder = psql('printf "psql: error: no\\n\\thunter22 for you\\n" >&2; exit 2')
  await expect(look(folder)).rejects.toThrow(/^psql: error: no \*\*\* for you$/)
  await expect(look(psql('exit 3'))).rejects.toThrow(/^psql ended with 3$/)
})

test('an answer that is not JSON is not quoted: there are secrets in it', async () => {
  await expect(look(psql(`echo '${secret}'`))).rejects.toThrow(/^psql's answer is not JSON$/)
})

test('no psql, no such account', async () => {
  const request = { kind: 'database', administrator: boss, database: 'shop', role: 'seller' } as const
  await expect(lookAtDatabase(request, folderWith())).rejects.toThrow(/^psql is missing$/)
  const nobody = { ...boss, account: 'no-such-account' }
  await expect(look(psql('true'), nobody)).rejects.toThrow(/^there is no account no-such-account$/)
})
