import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
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
    const asked = name === 'shop' ? foreignObjects : roleAndDatabase
    expect(read('sql')).toBe(asked.replaceAll(/:'(role|database)'/g, ":'$1_0'"))
    expect(read('arguments')).toContain('-v role_0=seller ')
  }
})

/** Three databases of one administrator, asked about at once. */
const lookAtThree = (folder: string) =>
  Promise.allSettled(
    ['one', 'two', 'three'].map((name) =>
      lookAtDatabase({ kind: 'database', administrator: boss, database: name, role: name }, `${folder}:/usr/bin:/bin`)
    )
  )
const causes = (results: PromiseSettledResult<unknown>[]) =>
  results.map((result) => (result.status === 'rejected' ? (result.reason as Error).message : result.value))
const counting = 'echo run >> runs; ARGUMENTS=$*'
const runs = (folder: string) => readFileSync(`${folder}/runs`, 'utf8').split('\n').length - 1

test('what is asked at once is asked in one session for all, and each gets its own answer', async () => {
  const all = (owner: string) => ({ role: null, database: { ...database, owner } })
  const folder = psql(
    `${counting}
case "$ARGUMENTS" in *" -d postgres "*) cat answer-0 nl answer-1 nl answer-2;;
*" -d one "*) cat > sql; echo "$ARGUMENTS" > arguments; cat answer-foreign nl answer-none nl answer-none;; esac`,
    { 0: all('a'), 1: all('b'), 2: all('c'), foreign, none: { foreign: [], foreignCount: 0 } }
  )
  writeFileSync(`${folder}/nl`, '\n')
  expect(causes(await lookAtThree(folder))).toMatchObject([
    { database: { owner: 'a', ...foreign } },
    { database: { owner: 'b', foreignCount: 0 } },
    { database: { owner: 'c', foreignCount: 0 } }
  ])
  expect(runs(folder)).toBe(2)
  const sql = readFileSync(`${folder}/sql`, 'utf8')
  expect(sql.match(/^\\.*$/gm)).toEqual([1, 2].map((at) => `\\connect -reuse-previous=on :"in_${at}"`))
  expect(readFileSync(`${folder}/arguments`, 'utf8')).toContain(
    '-v role_0=one -v role_1=two -v in_1=two -v role_2=three -v in_2=three '
  )
})

test('one that fails is told why, and those behind it are asked again', async () => {
  const none = { role: null, database: null }
  const folder = psql(
    `${counting}
case "$ARGUMENTS" in *role_0=one*) cat answer-none nl; echo '{"cut' ; echo no >&2; exit 3;; *) cat answer-none;; esac`,
    { none }
  )
  writeFileSync(`${folder}/nl`, '\n')
  expect(causes(await lookAtThree(folder))).toEqual([none, "psql's answer is not JSON", 'no'])
  const cut = psql(
    `${counting}
case "$ARGUMENTS" in *role_0=one*) cat answer-none nl; printf '{"cut' ; echo no >&2; exit 3;; *) cat answer-none;; esac`,
    { none }
  )
  writeFileSync(`${cut}/nl`, '\n')
  expect(causes(await lookAtThree(cut))).toEqual([none, 'no', none])
  expect(runs(cut)).toBe(2)
})

test('a server that lets nobody in is asked once', async () => {
  const folder = psql(`${counting}; echo refused >&2; exit 2`)
  expect(causes(await lookAtThree(folder))).toEqual(['refused', 'refused', 'refused'])
  expect(runs(folder)).toBe(1)
})

test('an answer that is missing is no answer', async () => {
  expect(causes(await lookAtThree(psql('true')))).toEqual(Array(3).fill('psql gave no answer'))
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
