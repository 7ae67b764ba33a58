import { expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const tenant = estate(world, 'yourbrand')
const { sh, read, about, mends, converge } = tenant
const hash = expect.stringMatching(/^sha256 [0-9a-f]{12}$/) as string
const unit = '/etc/systemd/system/tenant@.service'
const link = '/etc/systemd/system/multi-user.target.wants/tenant@yourbrand.service'
const verify = () => world.exec(['systemd-analyze', 'verify', link])

test('the unit is absent', async () => {
  await sh('rm -- "$1"', unit)
  await mends({ 'host.boot': missing(unit, 'a file') })
  expect(await about(unit)).toBe('regular file root root 644')
})

test.each([
  ['edited', 'sed -i s/User=.*/User=root/ "$1"', [unit, hash, hash]],
  ['writable', 'chmod 0666 "$1"', ['mode', '0644', '0666']],
  ["a tenant's", 'chown tenant-otherbrand "$1"', ['owner', 'root', 'tenant-otherbrand']]
] as [string, string, Row][])('the unit is %s', async (_, script, row) => {
  const before = await read(unit)
  await sh(script, unit)
  await mends({ 'host.boot': drifted(row) })
  expect(await read(unit)).toBe(before)
})

test('the link is absent', async () => {
  await sh('rm -- "$1"', link)
  await mends({ boot: missing(link, `a link to ${unit}`) })
  expect(await sh('readlink -- "$1"', link)).toBe(`${unit}\n`)
})

test.each([
  ['a link to elsewhere', 'ln -sfn /etc/hosts "$1"', '/etc/hosts'],
  ['a link to nowhere', 'ln -sfn /nowhere "$1"', '/nowhere'],
  ['masked', 'ln -sfn /dev/null "$1"', '/dev/null'],
  ['a copy', 'cp --remove-destination /etc/systemd/system/tenant@.service "$1"', 'no link']
])('in its place stands %s', async (_, script, actual) => {
  await sh(script, link)
  await mends({ boot: drifted([link, `a link to ${unit}`, actual]) })
})

test('systemd would read it', async ({ skip }) => {
  if ((await world.exec(['sh', '-c', 'command -v systemd-analyze'])).code !== 0) skip('there is no systemd-analyze')
  const { code, stdout, stderr } = await verify()
  expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: '' })
  await sh('sed -i s/ExecStart=.*/ExecStart=nonsense/ "$1"', unit)
  expect((await verify()).code).not.toBe(0)
  await converge()
})
