import { expect, test } from 'vitest'
import { TenantError } from '../../../src/errors.ts'
import { readAnswers } from '../../../src/facts/answers.ts'
import type { FactRequest } from '../../../src/facts/requests.ts'

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
