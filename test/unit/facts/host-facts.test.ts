import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { membersOf } from '../../../src/facts/accounts.ts'
import { lookAtCapacity } from '../../../src/facts/capacity.ts'
import { lookAtClock } from '../../../src/facts/clock.ts'
import { lookAtInventory } from '../../../src/facts/inventory.ts'
import { logsIn, lookAtNginxTest } from '../../../src/facts/nginx-test.ts'
import { databasesIn } from '../../../src/facts/pooler.ts'
import { lookAtReboot } from '../../../src/facts/reboot.ts'
import { folderWith } from './folder.ts'

test('capacity: each file system once, by the first path on it; what is missing is left out', async () => {
  const folder = folderWith({ 'a/x': '', 'b/y': '' })
  const paths = [`${folder}/none`, `${folder}/a`, `${folder}/b`, '/proc', '/proc/self']
  const { fileSystems } = await lookAtCapacity({ kind: 'capacity', paths })
  expect(fileSystems.map(({ path }) => path)).toEqual([`${folder}/a`, '/proc'])
  const [disk, proc] = fileSystems
  expect(disk!.bytes).toBeGreaterThan(0)
  expect(disk!.bytesFree).toBeLessThanOrEqual(disk!.bytes)
  expect(proc).toMatchObject({ bytes: 0, inodes: 0, inodesFree: 0 })
})

test('the clock is the one that this machine goes by', async () => {
  const before = Date.now()
  const { nowMs } = await lookAtClock()
  expect(nowMs).toBeGreaterThanOrEqual(before)
  expect(nowMs).toBeLessThanOrEqual(Date.now())
})

test.each<[string, Record<string, string>, object]>([
  ['none', {}, { pending: false, packages: [] }],
  ['packages of one before', { 'reboot-required.pkgs': 'libc6\n' }, { pending: false, packages: [] }],
  [
    'for nothing that is named',
    { 'reboot-required': '*** System restart required ***\n' },
    { pending: true, packages: [] }
  ],
  [
    'for packages',
    { 'reboot-required': '', 'reboot-required.pkgs': 'linux-base\nlibc6\nlinux-base\n' },
    { pending: true, packages: ['libc6', 'linux-base'] }
  ]
])('restart: %s', async (_, files, fact) => {
  expect(await lookAtReboot(folderWith(files))).toEqual(fact)
})

/** Notes its arguments in a file beside it, and answers as nginx does. */
function nginx(script: string): { command: string; asked: () => string[] } {
  const folder = folderWith({
    nginx: `#!/bin/sh\necho "$*" >>"$0.asked"\n${script}\n`,
    pid: '1\n',
    log: '',
    'nginx.conf': ''
  })
  const command = `${folder}/nginx`
  chmodSync(command, 0o755)
  const file = `${command}.asked`
  return { command, asked: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []) }
}
const ask = (command: string, more: { sites?: string; pidFile?: string } = {}) => {
  const folder = command.replace(/\/nginx$/, '')
  const files = { config: `${folder}/nginx.conf`, sites: `${folder}/sites`, pidFile: `${folder}/pid` }
  return lookAtNginxTest({ kind: 'nginx-test', command, ...files, ...more }, '/usr/bin:/bin')
}

test('nginx accepts its configuration, or says why not', async () => {
  const good = nginx('exit 0')
  expect(await ask(good.command)).toEqual({ accepted: true, said: '' })
  expect(good.asked()).toEqual([`-e stderr -t -q -c ${good.command}.conf`])
  const bad = nginx('echo "nginx: [emerg] no" >&2; echo "nginx: failed" >&2; exit 1')
  expect(await ask(bad.command)).toEqual({ accepted: false, said: 'nginx: [emerg] no\nnginx: failed' })
})

test('an nginx that takes no place for its messages is asked without', async () => {
  const old = nginx(`[ "$1" != -e ] || { echo 'nginx: invalid option: "e"' >&2; exit 1; }`)
  expect(await ask(old.command)).toEqual({ accepted: true, said: '' })
  expect(old.asked()).toHaveLength(2)
})

test('nginx is not asked where it would make a file', async () => {
  const { command, asked } = nginx('exit 0')
  const sites = folderWith({ 'acme.conf': `access_log ${command}.none;\n`, 'acme.conf.new': 'access_log /not/read;\n' })
  for (const missing of [{ sites }, { pidFile: `${command}.none` }]) {
    await expect(ask(command, missing)).rejects.toThrow(
      `nginx was not asked, as it would make ${command}.none, which is missing`
    )
  }
  expect(asked()).toEqual([])
  await expect(ask('/no/such/nginx')).rejects.toThrow()
})

test('the logs that a configuration names, but for those that are no files of one name', () => {
  const config = `error_log /a warn;\n# access_log /commented;\nhttp { access_log /b; access_log /c main; } access_log off;
error_log stderr; access_log syslog:server=x; access_log /d/$host.log; access_log "/e"; no_error_log /f;`
  expect(logsIn(config)).toEqual(['/a', '/b', '/c'])
})

test('inventory: what stands where tenants have theirs', async () => {
  const folder = folderWith({
    'root/shop/x': '',
    'root/.hidden/x': '',
    'root/lost+found/x': '',
    'root/file': '',
    'sites/shop-app.conf': '',
    'sites/shop-app.conf.candidate': '',
    'sites/shop-app.conf.new': '',
    'sites/.check': '',
    'units/tenant@shop.service': '',
    'units/tenant@shop.service.new': '',
    'units/ssh.service': '',
    'certificates/.placeholder/shop/x': '',
    'databases.ini': '; by hand\nshop = host=x\n"odd name" = host=y\n[pgbouncer]\nverbose = 1\n'
  })
  mkdirSync(`${folder}/elsewhere`)
  symlinkSync('../elsewhere', `${folder}/root/linked`)
  for (const name of ['shop', 'shop.new']) symlinkSync('.placeholder/shop', `${folder}/certificates/${name}`)
  const at = (name: string) => `${folder}/${name}`
  const request = { kind: 'inventory', accounts: { group: 'no-such-group', prefix: 'no-such-account-' } } as const
  const look = (found: (name: string) => string) =>
    lookAtInventory({
      ...request,
      root: found('root'),
      sites: found('sites'),
      databases: found('databases.ini'),
      units: found('units'),
      certificates: found('certificates')
    })
  expect(await look(at)).toEqual({
    accounts: [],
    folders: ['linked', 'shop'],
    sites: ['shop-app.conf'],
    entries: ['odd name', 'shop'],
    units: ['tenant@shop'],
    certificates: ['shop']
  })
  const nothing = { accounts: [], folders: [], sites: [], entries: [], units: [], certificates: [] }
  expect(await look((name) => `${folder}/none/${name}`)).toEqual(nothing)
})

test('accounts by group, by main group and by name', () => {
  const users =
    'root:x:0:0::/:\ntenant-b:x:5:5::/:\ntenant-a:x:6:6::/:\nguest:x:7:7::/:\nown:x:8:90::/:\nother:x:9:9::/:\n'
  const groups = 'tenants:x:90:guest,tenant-a,gone\n'
  expect(membersOf({ group: 'tenants', prefix: 'tenant-' }, users, groups)).toEqual([
    'guest',
    'own',
    'tenant-a',
    'tenant-b'
  ])
  expect(membersOf({ group: 'none', prefix: 'tenant-' }, users, groups)).toEqual(['tenant-a', 'tenant-b'])
})

test('databases of an entry file', () => {
  expect(databasesIn('b = x\n[databases]\na = y\nb=z\n%include /x\n[users]\nu = 1\n')).toEqual(['a', 'b'])
})
