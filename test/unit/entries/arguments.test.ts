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

const NOW = Date.UTC(2026, 10, 27, 12)
const logs = {
  command: 'logs',
  tenant: 'acme',
  lanes: 'all',
  since: null,
  lines: null,
  follow: false,
  user: null,
  json: false,
  repository: process.cwd(),
  verbose: false
}

describe('doctor', () => {
  const asked = { command: 'doctor', user: null, json: false, repository: process.cwd(), verbose: false }
  test.each([
    ['doctor acme', { choice: { tenants: ['acme'] } }],
    ['doctor acme bolt acme --json', { choice: { tenants: ['acme', 'bolt'] }, json: true }],
    ['doctor --all --user root --verbose', { choice: 'all', user: 'root', verbose: true }],
    ['doctor --host web-1 --host web-2', { choice: { hosts: ['web-1', 'web-2'] } }]
  ])('%s', (line, expected) => expect(parse(line)).toEqual({ ...asked, ...expected }))

  test.each([
    ['doctor', 'doctor needs a tenant, --host or --all'],
    ['doctor acme --all', 'of names of tenants, --host and --all, doctor takes one'],
    ['doctor --host web-1 --all', 'of names of tenants, --host and --all, doctor takes one'],
    ['doctor acme --dry-run', 'doctor has no dry run: it changes nothing'],
    ['deploy acme --all', '--all goes with doctor alone'],
    ['logs acme --host web-1', '--host goes with doctor alone']
  ])('%s is refused', (line, message) => expect(thrownBy(() => parse(line))).toMatchObject({ kind: 'usage', message }))
})

describe('logs', () => {
  test.each([
    ['logs acme', {}],
    ['logs acme -f', { follow: true }],
    ['logs acme --follow --json', { follow: true, json: true }],
    ['logs acme --lane app', { lanes: 'app' }],
    ['logs acme --lane=marketing --user root --verbose', { lanes: 'marketing', user: 'root', verbose: true }],
    ['logs acme -n 20', { lines: 20 }],
    ['logs acme -n0 -f', { lines: 0, follow: true }],
    ['logs acme --lines 10000', { lines: 10_000 }],
    ['logs acme --since 90s', { since: NOW - 90_000 }],
    ['logs acme --since 30m', { since: NOW - 1_800_000 }],
    ['logs acme --since 2h -n 5', { since: NOW - 7_200_000, lines: 5 }],
    ['--since 1d logs acme', { since: NOW - 86_400_000 }],
    ['logs acme --since 2026-11-27', { since: Date.UTC(2026, 10, 27) }],
    ['logs acme --since 2026-11-27T09:30', { since: Date.UTC(2026, 10, 27, 9, 30) }],
    ['logs acme --since 2026-11-27T09:30:05Z', { since: Date.UTC(2026, 10, 27, 9, 30, 5) }],
    ['logs acme --since 2026-11-27T09:30:05.5+02:00', { since: Date.UTC(2026, 10, 27, 7, 30, 5, 500) }]
  ])('%s', (line, expected) => expect(parseArguments(line.split(' '), NOW)).toEqual({ ...logs, ...expected }))

  test.each([
    ['logs', 'logs needs a tenant'],
    ['logs acme app', 'one word too many: "app"'],
    ['logs acme --lane shop', 'there is no lane "shop"'],
    ['logs acme --lane all', 'there is no lane "all"'],
    ['logs acme --lane', "Option '--lane <value>' argument missing"],
    [
      'logs acme --since yesterday',
      '--since takes 30m, 2h, 1d or a time such as 2026-11-27T09:30:00Z, not "yesterday"'
    ],
    ['logs acme --since=', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since=-2h', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2w', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2026-02-30', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2026-11-27T25:00', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2026-11-27T09:30x', '--since takes 30m, 2h, 1d or a time'],
    ['logs acme --since 2026-11-28', '--since takes a time that has passed, not "2026-11-28"'],
    ['logs acme -n -1', '-n takes a value that does not begin with a hyphen'],
    ['deploy acme --wait -1', '--wait takes a value that does not begin with a hyphen'],
    ['logs acme -n=-1', '-n takes a number of lines from 0 to 10000, not "=-1"'],
    ['logs acme --lines=-1', '-n takes a number of lines from 0 to 10000, not "-1"'],
    ['logs acme -n 1.5', '-n takes a number of lines from 0 to 10000, not "1.5"'],
    ['logs acme -n 10001', '-n takes a number of lines from 0 to 10000, not "10001"'],
    ['logs acme -n many', '-n takes a number of lines from 0 to 10000, not "many"'],
    ['logs acme --lines=', '-n takes a number of lines from 0 to 10000, not ""'],
    ['logs acme -n', 'argument missing'],
    ['logs acme --dry-run', 'logs has no dry run'],
    ['logs acme --wait 1', 'logs waits for no lock'],
    ['logs acme --output x', '--output goes with backup alone'],
    ['deploy acme -f', '--follow goes with logs alone'],
    ['releases acme --lane app', '--lane goes with logs alone'],
    ['backups acme -n 5', '--lines goes with logs alone'],
    ['check --since 1h', '--since goes with logs alone'],
    ['lgos acme --since 1h', 'there is no command "lgos"'],
    ['logs acme --folow', 'there is no option "--folow"'],
    ['logs acme --user=-x', '--user takes the name of an account']
  ])('refused: %s', (line, message) => {
    const error = thrownBy(() => parseArguments(line.split(' '), NOW))
    expect(error).toMatchObject({ kind: 'usage', exitCode: 64 })
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/^[\x20-\x7e]+$/)
    expect(error.remedy).toContain('tenant help shows all commands')
  })
})

describe('understood', () => {
  test.each([
    ['help', { command: 'help' }],
    ['--help', { command: 'help' }],
    ['deploy -h', { command: 'help' }],
    ['schema', { command: 'schema', of: 'tenant' }],
    ['schema host', { command: 'schema', of: 'host' }],
    ['schema fleet', { command: 'schema', of: 'fleet' }],
    ['plan', { command: 'plan', base: null, head: 'HEAD', json: false, repository: process.cwd(), verbose: false }],
    [
      'plan --base v1 --head topic --json --repository /x',
      { command: 'plan', base: 'v1', head: 'topic', json: true, repository: '/x', verbose: false }
    ],
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
    ['plan acme', 'one word too many: "acme"', ''],
    ['deploy acme --base x', '--base goes with plan alone', ''],
    ['check --head x', '--head goes with plan alone', ''],
    ['schema flet', 'there is no schema of "flet"', 'did you mean fleet?'],
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
      ['logs', 'a', '--since', '\x1b'],
      ['logs', 'a', '--lane', '\n'],
      ['logs', 'a', '-n', '\x07'],
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
    'logs',
    'check',
    'schema',
    '--dry-run',
    '--json',
    '--wait',
    '--output',
    '--lane',
    '--since',
    '--lines',
    '--follow',
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
