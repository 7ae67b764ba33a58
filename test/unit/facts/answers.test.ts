import { describe, expect, test } from 'vitest'
import { TenantError } from '../../../src/errors.ts'
import { readAnswers, readWatchMessage } from '../../../src/facts/answers.ts'
import type { FactRequest } from '../../../src/facts/requests.ts'
import { thrownBy } from '../thrown.ts'

const requests = {
  site: { kind: 'tree', root: '/srv/site' },
  port: { kind: 'connections', port: 4101, deadlineMs: 0 }
} satisfies Record<string, FactRequest>
const hash = 'a'.repeat(64)
const site = (files: string) => `{"ok":true,"fact":{"exists":true,"files":${files}}}`
const port = '{"ok":false,"cause":"EACCES"}'
const printed = (answers: string) => `{"version":1,"answers":{${answers}}}\n`
const read = (stdout: string) => readAnswers(stdout, requests, 'deploy@host:22')

test('gives each answer the type of its question', () => {
  const answers = read(
    printed(`"site":${site(`{"a":{"sha256":"${hash}","executable":false,"bytes":1}}`)},"port":${port}`)
  )
  expect(answers.site.ok && answers.site.fact.files.a?.sha256).toBe(hash)
  expect(answers.port).toEqual({ ok: false, cause: 'EACCES' })
})

test('any name of a file is just a name', () => {
  const entry = '{"link":"x","executable":false,"bytes":1}'
  const { site: answer } = read(printed(`"site":${site(`{"__proto__":${entry}}`)},"port":${port}`))
  if (!answer.ok) throw new Error(answer.cause)
  expect(Object.keys(answer.fact.files)).toEqual(['__proto__'])
  expect(answer.fact.files.constructor).toBeUndefined()
})

test.each([
  ['nothing', '', 'the collector printed nothing'],
  ['half of it', printed(`"site":`).slice(0, 30), "the collector's answer is not whole JSON"],
  ['another version', '{"version":2,"answers":{}}', 'version:'],
  ['a question less', printed(`"site":${site('{}')}`), 'answers.port'],
  ['a question more', printed(`"site":${site('{}')},"port":${port},"more":${port}`), 'more'],
  [
    'the fact of another kind',
    printed(`"site":{"ok":true,"fact":{"established":0,"listening":true}},"port":${port}`),
    'answers.site.fact'
  ],
  [
    'a file without hash or link',
    printed(`"site":${site('{"a":{"executable":false,"bytes":1}}')},"port":${port}`),
    'answers.site.fact.files.0.1: needs a hash or a link'
  ],
  ['a list of files', printed(`"site":${site('[]')},"port":${port}`), 'answers.site.fact.files: expected an object']
])('%s is not an answer', (_, stdout, message) => {
  const failure = (() => {
    try {
      return read(stdout)
    } catch (error) {
      return error
    }
  })()
  expect(failure).toBeInstanceOf(TenantError)
  expect(failure).toMatchObject({
    kind: 'host-answer',
    where: 'deploy@host:22',
    message: expect.stringContaining(message) as string
  })
})

test('what an account has made is its own: a fact that is none hides nothing of the others', () => {
  const asked = { theirs: { ...requests.site, as: 'tenant-a' }, port: requests.port }
  const read = (theirs: string) => readAnswers(printed(`"theirs":${theirs},"port":${port}`), asked, 'deploy@host:22')
  expect(read(site('{}')).theirs).toEqual({ ok: true, fact: { exists: true, files: {} } })
  expect(read(site('{"a":{"executable":false,"bytes":-1,"link":"x"}}'))).toEqual({
    theirs: {
      ok: false,
      cause: expect.stringContaining('what was found is no answer: fact.files.0.1.bytes') as string
    },
    port: { ok: false, cause: 'EACCES' }
  })
})

test('a credential is an answer only as the digest of its keys', () => {
  const asked = { pool: { kind: 'pooler', config: '', databases: '', users: '', pidFile: '', database: '', role: '' } }
  const answered = (credential: unknown) =>
    readAnswers(
      JSON.stringify({
        version: 1,
        answers: {
          pool: { ok: true, fact: { running: true, config: null, entry: null, listed: true, credential } }
        }
      }),
      asked as { pool: FactRequest },
      'here'
    )
  expect(answered({ iterations: 4096, salt: 'c2FsdA==', digest: hash }).pool).toMatchObject({ ok: true })
  expect(() => answered('SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy')).toThrow('answers.pool.fact.credential')
  expect(() => answered({ iterations: 4096, salt: 'c2FsdA==', digest: hash, keys: 'x' })).toThrow('keys')
})

describe('a line of what is told of logs', () => {
  test.each([
    { kind: 'lines', lines: [{ source: 'app.out', at: 1, text: 'x' }] },
    { kind: 'trouble', source: 'app.out', cause: 'EACCES' },
    { kind: 'ready', missing: [], cut: ['app.out'] }
  ])('%j', (message) => expect(readWatchMessage(JSON.stringify(message), 'host-1')).toEqual(message))

  test.each([
    ['', 'is not whole JSON'],
    ['{"kind":"lines","lines":[{"text":"hidden', 'is not whole JSON'],
    ['{"kind":"lines","lines":[{"source":"a","at":"hidden","text":"b"}]}', 'tells no lines of logs: lines.0.at'],
    ['{"kind":"hidden"}', 'tells no lines of logs: kind'],
    ['null', 'tells no lines of logs']
  ])('%j is none, and is not quoted', (line, message) => {
    const error = thrownBy(() => readWatchMessage(line, 'host-1'))
    expect(error).toMatchObject({ kind: 'host-answer', where: 'host-1' })
    expect(error.message).toContain(message)
    expect(JSON.stringify([error.message, error.log, error.remedy])).not.toContain('hidden')
  })
})
