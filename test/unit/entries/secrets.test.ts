import { describe, expect, test } from 'vitest'
import { secretsFor } from '../../../src/access.ts'
import { requireSecrets, secret } from '../../../src/resources/secrets.ts'
import { redaction } from '../../../src/redaction.ts'
import type { Access } from '../../../src/request.ts'
import { parseSecrets, withoutSecrets } from '../../../src/secrets.ts'
import { host, tenant } from '../resources/acme.ts'
import { thrownBy } from '../thrown.ts'

test.each([
  ['', {}],
  [' \n', {}],
  ['{}', {}],
  ['{"A":"x","B":""}', { A: 'x', B: '' }],
  ['{"A":"line\\nbreak \\"so\\" 🔑"}', { A: 'line\nbreak "so" 🔑' }]
])('%j is read', (json, expected) => {
  expect(parseSecrets(json, 'TENANT_SECRETS')).toEqual(expected)
})

test.each([
  'hunter2',
  '"hunter2"',
  '["hunter2"]',
  '{"A":"hunter2"',
  '{"A":"hunter2"}}',
  "{'A':'hunter2'}",
  '{"A":["hunter2"]}',
  '{"A":{"hunter2":"hunter2"}}',
  '{"A":null,"B":"hunter2"}',
  '{"A":20261122}'
])('%j is refused without a word of it', (json) => {
  const error = thrownBy(() => parseSecrets(json, 'TENANT_SECRETS'))
  expect(error).toMatchObject({ kind: 'secret', where: 'TENANT_SECRETS' })
  expect([error.exitCode, error.cause]).toEqual([64, undefined])
  expect(`${error.stack} ${error.remedy}`).not.toMatch(/hunter2|20261122/)
})

test('programs that run here see no secrets', () => {
  const hidden = [
    'TENANT_SECRETS',
    'TENANT_SSH_KEY',
    'INPUT_SSH-KEY',
    'INPUT_SECRETS',
    'ACTIONS_RUNTIME_TOKEN',
    'GITHUB_TOKEN'
  ]
  const seen = { PATH: '/bin', HOME: '/root', GITHUB_SHA: 'abc', CI: 'true', MY_TENANT_: 'x' }
  const all = { ...seen, ...Object.fromEntries(hidden.map((name) => [name, 'hunter2'])), UNSET: undefined }
  expect(withoutSecrets(all)).toEqual(seen)
})

test('a run has the secrets that its manifest names, and masks all', () => {
  const named = { ACME_DATABASE_PASSWORD: 'first', ACME_SESSION_SECRET: 'second' }
  const secrets = {
    ...named,
    ACME_UNUSED: 'third',
    BOLT_DATABASE_PASSWORD: 'fourth',
    DEPLOY_SSH_KEY: 'fifth',
    ROOT_SQL: 'sixth'
  }
  const access = { secrets, sshKey: 'seventh', lookKey: 'eighth' } as unknown as Access
  const { of } = secretsFor(access, host)
  expect(of(tenant)).toEqual(named)
  const all = [...Object.values(secrets), access.sshKey, access.lookKey]
  for (const value of all) expect(redaction.text(`a ${value} b`)).toBe('a *** b')
  const administrator = { role: 'root', password: 'ROOT_SQL' }
  const other = { ...host, postgres: { ...host.postgres, administrator } }
  expect(secretsFor(access, other).of(tenant)).toEqual({ ...named, ROOT_SQL: 'sixth' })
})

describe('a secret that was not handed over', () => {
  test('is named, with the place that needs it', () => {
    expect(secret({ A: 'x' }, 'A', 'app')).toBe('x')
    for (const secrets of [{}, { A: '' }] as Record<string, string>[]) {
      const error = thrownBy(() => secret(secrets, 'A', 'marketing.source.token'))
      expect(error).toMatchObject({
        kind: 'secret',
        message: 'the secret A is not set',
        where: 'marketing.source.token'
      })
      expect(error.remedy).toContain('add A to the secrets')
    }
  })

  test('is named together with all others', () => {
    const all = { ACME_DATABASE_PASSWORD: 'x', ACME_SESSION_SECRET: 'y' }
    expect(() => requireSecrets({ tenant, secrets: all })).not.toThrow()
    expect(() => requireSecrets({ tenant, secrets: { ...all, ACME_SESSION_SECRET: '' } })).toThrow(
      'the secret ACME_SESSION_SECRET is not set'
    )
    expect(() => requireSecrets({ tenant, secrets: {} })).toThrow(
      'these secrets are not set: ACME_DATABASE_PASSWORD, ACME_SESSION_SECRET'
    )
  })
})
