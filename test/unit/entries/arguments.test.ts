import { describe, expect, test } from 'vitest'
import { fail, parseArguments, USAGE } from '../../../src/arguments.ts'
import { TenantError } from '../../../src/errors.ts'
import { thrownBy } from '../thrown.ts'

const parse = (line: string) => parseArguments(line === '' ? [] : line.split(' '))
const shipping = {
  lanes: 'all',
  backup: null,
  output: null,
  user: null,
  dryRun: false,
  json: false,
  waitMs: 900_000,
  repository: process.cwd(),
  verbose: false
}

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
    ['releases acme --verbose', { ...shipping, command: 'releases', tenant: 'acme', lanes: 'all', verbose: true }],
    ['deploy acme --user root', { ...shipping, command: 'deploy', tenant: 'acme', user: 'root' }],
    ['provision acme', { ...shipping, command: 'provision', tenant: 'acme' }],
    [
      'provision acme --dry-run --json --wait 1 --user root',
      { ...shipping, command: 'provision', tenant: 'acme', dryRun: true, json: true, waitMs: 60_000, user: 'root' }
    ],
    ['backup acme', { ...shipping, command: 'backup', tenant: 'acme' }],
    ['backup acme --output ./a.dump', { ...shipping, command: 'backup', tenant: 'acme', output: './a.dump' }],
    ['backups acme --json', { ...shipping, command: 'backups', tenant: 'acme', json: true }],
    ['restore acme 20261122', { ...shipping, command: 'restore', tenant: 'acme', backup: '20261122' }],
    [
      'restore acme ./a.dump --wait 0',
      { ...shipping, command: 'restore', tenant: 'acme', backup: './a.dump', waitMs: 0 }
    ]
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
    ['provsion acme', 'there is no command "provsion"', 'did you mean provision?'],
    ['backps acme', 'there is no command "backps"', 'did you mean backup'],
    ['restor acme x', 'there is no command "restor"', 'did you mean restore?'],
    ['provision', 'provision needs a tenant', ''],
    ['backup --json', 'backup needs a tenant', ''],
    ['backups', 'backups needs a tenant', ''],
    ['restore', 'restore needs a tenant', ''],
    ['restore acme', 'restore needs a backup: an id that `tenant backups` lists, or a file', ''],
    ['restore acme ', 'restore needs a backup', ''],
    ['restore acme one two', 'one word too many: "two"', ''],
    ['provision acme app', 'one word too many: "app"', ''],
    ['backup acme app', 'one word too many: "app"', ''],
    ['backups acme 20261122', 'one word too many: "20261122"', ''],
    ['backup acme --dry-run', 'backup has no dry run', ''],
    ['backups acme --dry-run', 'backups has no dry run', ''],
    ['restore acme one --dry-run', 'restore has no dry run', ''],
    ['deploy acme --output a.dump', '--output goes with backup alone', ''],
    ['check --output a.dump', '--output goes with backup alone', ''],
    ['backup acme --output=', '--output takes the name of a file, not ""', ''],
    ['backup acme --output', "Option '--output <value>' argument missing", ''],
    ['backup acme --outptu a.dump', 'there is no option "--outptu"', 'did you mean --output?'],
    ['deploy acme --user=', '--user takes the name of an account, not ""', ''],
    ['deploy acme --user=-oProxyCommand=x', '--user takes the name of an account, not "-oProxyCommand=x"', ''],
    ['deploy acme --usr root', 'there is no option "--usr"', 'did you mean --user?'],
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
      ['deploy', 'a', '--user', '\x1b'],
      ['backups', 'a', '\x1b'],
      ['--\x1b']
    ]) {
      expect(thrownBy(() => parseArguments(argv)).message).toMatch(/^[\x20-\x7e]+$/)
    }
  })
})

test('every command and option stands in the usage text', () => {
  for (const word of [
    'provision',
    'deploy',
    'rollback',
    'releases',
    'backup',
    'backups',
    'restore',
    'check',
    'schema',
    '--dry-run',
    '--json',
    '--wait',
    '--output',
    '--user',
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
