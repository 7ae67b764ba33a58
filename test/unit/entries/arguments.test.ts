import { describe, expect, test } from 'vitest'
import { fail, parseArguments, USAGE } from '../../../src/arguments.ts'
import { TenantError } from '../../../src/errors.ts'
import { thrownBy } from '../thrown.ts'

const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '))
const shipping = { repository: process.cwd(), verbose: false, dryRun: false, json: false, waitMs: 900_000 }

describe('understood', () => {
  test.each([
    ['help', { command: 'help' }],
    ['--help', { command: 'help' }],
    ['deploy -h', { command: 'help' }],
    ['schema', { command: 'schema', of: 'tenant' }],
    ['schema host', { command: 'schema', of: 'host' }],
    ['check', { command: 'check', repository: process.cwd(), verbose: false }],
    ['check --repository /x --verbose', { command: 'check', repository: '/x', verbose: true }],
    ['deploy acme', { ...shipping, command: 'deploy', tenant: 'acme', lanes: 'all' }],
    ['deploy acme app', { ...shipping, command: 'deploy', tenant: 'acme', lanes: 'app' }],
    [
      '--json deploy acme --dry-run marketing',
      { ...shipping, command: 'deploy', tenant: 'acme', lanes: 'marketing', json: true, dryRun: true }
    ],
    ['rollback acme all --wait 0', { ...shipping, command: 'rollback', tenant: 'acme', lanes: 'all', waitMs: 0 }],
    ['deploy acme --wait 0.5', { ...shipping, command: 'deploy', tenant: 'acme', lanes: 'all', waitMs: 30_000 }],
    ['releases acme --verbose', { ...shipping, command: 'releases', tenant: 'acme', lanes: 'all', verbose: true }]
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected)
  })
})

describe('refused', () => {
  test.each([
    ['', 'no command given', ''],
    ['--json', 'no command given', ''],
    ['depoly acme', 'there is no command "depoly"', 'did you mean deploy?'],
    ['rolback acme', 'there is no command "rolback"', 'did you mean rollback?'],
    ['xyzzy', 'there is no command "xyzzy"', ''],
    ['deploy', 'deploy needs a tenant', ''],
    ['rollback --json', 'rollback needs a tenant', ''],
    ['releases', 'releases needs a tenant', ''],
    ['deploy acme markting', 'there is no lane "markting"', 'did you mean marketing?'],
    ['deploy acme api', 'there is no lane "api"', 'did you mean app?'],
    ['deploy acme app extra', 'one word too many: "extra"', ''],
    ['check acme', 'one word too many: "acme"', ''],
    ['schema tenant x', 'one word too many: "x"', ''],
    ['schema tenants', 'there is no schema of "tenants"', 'did you mean tenant?'],
    ['deploy acme --wait', "Option '--wait <value>' argument missing", ''],
    ['deploy acme --wait=', '--wait takes minutes from 0 to 1440, not ""', ''],
    ['deploy acme --wait soon', '--wait takes minutes from 0 to 1440, not "soon"', ''],
    ['deploy acme --wait=-1', '--wait takes minutes from 0 to 1440, not "-1"', ''],
    ['deploy acme --wait 1441', '--wait takes minutes from 0 to 1440, not "1441"', ''],
    ['deploy acme --wait Infinity', '--wait takes minutes from 0 to 1440, not "Infinity"', ''],
    ['deploy acme --dryrun', 'there is no option "--dryrun"', 'did you mean --dry-run?'],
    ['deploy acme --jsn', 'there is no option "--jsn"', 'did you mean --json?'],
    ['deploy acme -x', "Unknown option '-x'", ''],
    ['deploy acme --dry-run=yes', "Option '--dry-run' does not take an argument", '']
  ])('%j', (line, message, near) => {
    const error = thrownBy(() => parse(line))
    expect(error).toMatchObject({ kind: 'usage', exitCode: 64 })
    expect(error.message).toContain(message)
    expect(error.remedy).toContain('tenant help shows all commands')
    if (near === '') expect(error.remedy).not.toContain('did you mean')
    else expect(error.remedy).toContain(near)
  })

  test('what was typed is shown harmlessly', () => {
    for (const argv of [
      ['\x1b[2J'],
      ['deploy', 'a', '\n'],
      ['check', '\x07'],
      ['deploy', 'a', '--wait', '\r'],
      ['--\x1b']
    ]) {
      expect(thrownBy(() => parseArguments(argv)).message).toMatch(/^[\x20-\x7e]+$/)
    }
  })
})

test('every command and option stands in the usage text', () => {
  for (const word of [
    'deploy',
    'rollback',
    'releases',
    'check',
    'schema',
    '--dry-run',
    '--json',
    '--wait',
    '--repository',
    '--verbose'
  ]) {
    expect(USAGE).toContain(` ${word} `)
  }
})

test('an error says what, where, what to do, and its stack only when asked', () => {
  const error = new TenantError('build', 'the build failed', { where: 'a host', remedy: 'look', log: 'line 1\nline 2' })
  expect(fail(error, false)).toBe('error: the build failed\nwhere: a host\nremedy: look\nline 1\nline 2\n')
  expect(fail(error, true)).toContain('arguments.test.ts')
  expect(fail(new TenantError('build', 'no'), false)).toBe('error: no\n')
})
