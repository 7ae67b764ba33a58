import { expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const account = 'tenant-otherbrand'
const root = '/srv/tenants/otherbrand'
const pm2 = `${root}/pm2`
const records = '/var/lib/tenant-deploy/records/otherbrand'
const tenant = estate(world, 'otherbrand')
const { sh, mends, off, converge } = tenant

test('absent, its group left behind by a run that was cut off', async () => {
  await sh('userdel "$1"; groupadd "$1"; chown -R root:root "$2"; chown root:root "$3"', account, root, records)
  await mends({
    account: missing(account, 'an account'),
    folders: drifted(
      [`owner of ${root}`, account, 'root'],
      [`group of ${root}`, 'www-data', 'root'],
      [`owner of ${pm2}`, account, 'root'],
      [`group of ${pm2}`, account, 'root']
    ),
    records: drifted([`owner of ${records}`, world.host.user, 'root'], [`group of ${records}`, account, 'root'])
  })
  // What is in the folders is nobody's to give away but ours, who took it.
  await sh('find "$2" -mindepth 1 -exec chown -h "$1:$1" {} +', account, root)
  expect(await off()).toEqual({})
  expect(await sh('getent shadow "$1" | cut -d: -f2', account)).toBe('*\n')
  expect(await sh('id -nG "$1"', account)).toBe(`${account} tenants\n`)
})

test.each([
  ['its shell', 'usermod --shell /bin/bash "$1"', ['shell', '/bin/sh', '/bin/bash']],
  ['its home', 'usermod --home /root "$1"', ['home', root, '/root']],
  ['its own group', `sed -i -E "s/^($1:x:[0-9]+):[0-9]+/\\1:100/" /etc/passwd`, ['group', account, 'users']],
  ['no other group', 'usermod --groups "" "$1"', ['other groups', 'tenants', 'none']],
  ['one group more', 'usermod --append --groups sudo "$1"', ['other groups', 'tenants', 'sudo, tenants']],
  ["nginx' group", 'usermod --groups www-data "$1"', ['other groups', 'tenants', 'www-data']]
] as const)('tampered with: %s', async (_, script, row) => {
  await sh(script, account)
  await mends({ account: drifted([...row]) })
})

test('all of it at once', async () => {
  await sh('usermod --shell /bin/false --home /nowhere --gid users --groups sudo,adm "$1"', account)
  await mends({
    account: drifted(
      ['home', root, '/nowhere'],
      ['shell', '/bin/sh', '/bin/false'],
      ['group', account, 'users'],
      ['other groups', 'tenants', 'adm, sudo']
    )
  })
})

test('a name that root answers to is for a person', async () => {
  const line = (await sh('grep "^$1:" /etc/passwd', account)).trim()
  const change = (from: string, to: string) => sh('sed -i "s|^$1$|$2|" /etc/passwd', from, to)
  const asRoot = line.replace(/:x:\d+:/, ':x:0:')
  await change(line, asRoot)
  try {
    const rows = ['root', 'pm2'].map((name) => (name === 'root' ? root : pm2))
    const uid = /:x:(\d+):/.exec(line)![1]!
    const found = await off()
    expect(found).toEqual({
      account: drifted(['uid', 'its own', '0 (root)']),
      folders: drifted(...rows.map((path): Row => [`owner of ${path}`, account, uid]))
    })
    expect((await tenant.remedies())['account']).toContain(`userdel ${account}`)
  } finally {
    await change(asRoot, line)
  }
  expect(await off()).toEqual({})
})

test('a home that is changed while the account is in use is put right later, and nothing is half done', async () => {
  await sh('usermod --home /tmp --shell /bin/bash "$1"', account)
  const before = await off()
  const sleeper = world.exec(['sleep', '303'], { as: account })
  const pid = await sh('for each in $(seq 100); do pgrep -u "$1" -x sleep && exit 0; sleep 0.1; done; exit 1', account)
  try {
    expect(await failureOf(converge())).toMatchObject({
      kind: 'provision',
      message: `could not put right the account ${account} (exit code 8)`,
      where: `account on ${tenant.remote.name}`,
      log: expect.stringContaining(`is currently used by process ${pid.trim()}`) as string
    })
    expect(await off()).toEqual(before)
  } finally {
    await sh('kill "$1"', pid.trim())
    await sleeper
  }
  await mends(before)
})
