import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readInputs } from '../../../src/github/inputs.ts'
import { parseSecrets } from '../../../src/secrets.ts'
import { TenantError } from '../../../src/errors.ts'

let printed = ''
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** As the runner hands inputs over. */
function given(inputs: Record<string, string>): void {
  for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
}

function errorOf(act: () => unknown): TenantError {
  try {
    act()
  } catch (error) {
    if (error instanceof TenantError) return error
    throw error
  }
  throw new Error('no error was thrown')
}

it('reads every input', () => {
  given({
    command: 'rollback',
    tenant: 'yourbrand',
    lane: 'app',
    'dry-run': 'True',
    'ssh-key': 'KEY TEXT\n',
    'look-key': 'ANOTHER KEY TEXT\n',
    secrets: '{"A":"value"}'
  })
  expect(readInputs()).toEqual({
    command: 'rollback',
    tenant: 'yourbrand',
    lane: 'app',
    backup: null,
    dryRun: true,
    sshKey: 'KEY TEXT',
    lookKey: 'ANOTHER KEY TEXT',
    secrets: { A: 'value' },
    github: {
      choice: { tenants: ['yourbrand'] },
      issues: false,
      nights: null,
      token: null,
      answer: null,
      failures: null
    },
    preview: { file: null, base: null, previews: null, planned: [] },
    folder: '.',
    warnings: []
  })
})

it('has the defaults of action.yml', () => {
  given({ tenant: 'yourbrand' })
  expect(readInputs()).toMatchObject({
    command: 'deploy',
    lane: 'all',
    dryRun: false,
    sshKey: null,
    lookKey: null,
    secrets: {}
  })
})

it.each(['provision', 'backup', 'backups'])('takes the command %s', (command) => {
  given({ tenant: 'yourbrand', command })
  expect(readInputs()).toMatchObject({ command, tenant: 'yourbrand', lane: 'all', backup: null })
})

it('takes the backup that is to be restored', () => {
  given({ tenant: 'yourbrand', command: 'restore', backup: '20261122T100000Z-yourbrand' })
  expect(readInputs()).toMatchObject({ command: 'restore', backup: '20261122T100000Z-yourbrand' })
})

it('needs no tenant to check all of them', () => {
  given({ command: 'check' })
  expect(readInputs()).toMatchObject({ command: 'check', tenant: '' })
})

it('takes how many failures stop a deploy', () => {
  given({ tenant: 'yourbrand', failures: '3', 'github-token': 'token' })
  expect(readInputs().github).toMatchObject({ failures: 3, token: 'token' })
})

it('needs neither tenant nor token to plan', () => {
  given({ command: 'plan' })
  expect(readInputs()).toMatchObject({ command: 'plan', github: { token: null } })
})

it('masks the key and each secret, and prints nothing else of them', () => {
  given({ tenant: 'yourbrand', 'ssh-key': 'first line\nsecond line', secrets: '{"A":"s3cr3t value","B":"on"}' })
  const { warnings } = readInputs()
  for (const line of ['first line', 'second line', 's3cr3t value', 's3cr3t%2520value'])
    expect(printed).toContain(`::add-mask::${line}\n`)
  for (const line of printed.trim().split('\n')) expect(line).toMatch(/^::add-mask::/)
  expect(printed).not.toContain('::add-mask::on\n')
  expect(warnings).toEqual(['the value of the secret B is too short to be masked in the log'])
})

it.each([
  [{}, 'the input tenant is missing: deploy needs one', 'usage'],
  [{ command: 'backups' }, 'the input tenant is missing: backups needs one', 'usage'],
  [{ tenant: 'a', command: 'restore' }, 'the input backup is missing: restore needs one', 'usage'],
  [{ tenant: 'a', backup: 'x' }, 'the input backup does not go with deploy', 'usage'],
  [{ tenant: 'a', command: 'backups', backup: 'x' }, 'the input backup does not go with backups', 'usage'],
  [{ tenant: 'a', command: 'provision', lane: 'app' }, 'the input lane does not go with provision', 'usage'],
  [{ tenant: 'a', command: 'backup', 'dry-run': 'true' }, 'the input dry-run does not go with backup', 'usage'],
  [
    { tenant: 'a', command: 'restore', backup: 'x', 'dry-run': 'true' },
    'the input dry-run does not go with restore',
    'usage'
  ],
  [{ tenant: 'a', failures: '0', 'github-token': 't' }, 'the input failures is not a whole number from 1', 'usage'],
  [{ tenant: 'a', failures: '3' }, 'the input github-token is missing', 'usage'],
  [{ command: 'plan', failures: '3' }, 'the input failures does not go with plan', 'usage'],
  [{ command: 'plan', lane: 'app' }, 'the input lane does not go with plan', 'usage'],
  [{ command: 'plan', 'dry-run': 'true' }, 'the input dry-run does not go with plan', 'usage'],
  [{ tenant: 'a', command: 'destroy' }, 'the input command is "destroy"', 'usage'],
  [{ tenant: 'a', lane: 'App' }, 'the input lane is "App"', 'usage'],
  [{ tenant: 'a', 'dry-run': 'yes' }, 'the input dry-run is "yes"', 'usage'],
  [{ tenant: 'a', lane: 'x\n::error::y' }, 'the input lane is "x\\n::error::y"', 'usage']
])('refuses %j', (inputs: Record<string, string>, message, kind) => {
  given(inputs)
  const error = errorOf(readInputs)
  expect(error).toMatchObject({ message, kind, exitCode: 64 })
  expect(error.remedy).toBeTruthy()
})

describe('secrets', () => {
  it.each([
    ['{"A":"hunter2"', 'the text with the secrets is not valid JSON'],
    ['hunter2', 'the text with the secrets is not valid JSON'],
    ['["hunter2"]', 'the text with the secrets is not a JSON object'],
    ['null', 'the text with the secrets is not a JSON object'],
    ['{"A":"hunter2","B":{"x":"hunter2"}}', 'the secret "B" is not a string']
  ])('%s is refused without a word of it', (json, message) => {
    const error = errorOf(() => parseSecrets(json, 'input secrets'))
    expect(error).toMatchObject({ kind: 'secret', message })
    expect(error.remedy).toContain('toJSON(secrets)')
    expect(JSON.stringify([error.message, error.remedy, error.where, String(error.cause)])).not.toContain('hunter2')
  })

  it('may have any name', () => {
    expect(Object.entries(parseSecrets('{"__proto__":"x"}', 'input secrets'))).toEqual([['__proto__', 'x']])
  })
})
