import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unmanaged } from '../../src/doctor/unmanaged.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { capacityResource } from '../../src/resources/host/capacity.ts'
import { clockResource } from '../../src/resources/host/clock.ts'
import { inventoryRequest } from '../../src/resources/host/inventory.ts'
import { nginxTestResource } from '../../src/resources/host/nginx-test.ts'
import { rebootResource } from '../../src/resources/host/reboot.ts'
import { inspect } from '../../src/resources/inspect.ts'
import type { Resource } from '../../src/resources/resource.ts'
import { loadTenant } from '../../src/tenant/load.ts'
import type { Finding } from '../../src/report/report.ts'
import { connectTo } from '../world/remote.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const { path } = world.repository
const [yourbrand, otherbrand] = ['yourbrand', 'otherbrand'].map((name) => loadTenant(path, name))
const { host } = yourbrand!
const tenants = [yourbrand!.tenant, otherbrand!.tenant]
let remote: Connection

const run = (script: string, ...args: string[]) => world.exec(['sh', '-ec', script, 'sh', ...args])
const sh = async (script: string, ...args: string[]) => {
  const { code, stdout, stderr } = await run(script, ...args)
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
  return stdout
}
const look = async (resource: object): Promise<Finding> =>
  (await inspect(remote, 'root', [resource as Resource])).findings[0]!
const inSync = (address: string) => ({ address, verdict: 'in-sync', differences: [] })
const drifted = (address: string, attribute: string, expected: string, actual: unknown) => ({
  address,
  verdict: 'drifted',
  differences: [{ attribute, expected, actual }]
})

beforeAll(async () => {
  remote = await connectTo(world)
})

afterAll(() => remote[Symbol.asyncDispose]())

describe('host.disk', () => {
  const small = '/mnt/small-disk'
  // What else is on the machine of the test is not the test's.
  const finding = async (): Promise<Finding> => {
    const found = await look(capacityResource({ ...host, root: small }))
    const differences = found.differences.filter(({ attribute }) => attribute.endsWith(small))
    return { ...found, verdict: differences.length === 0 ? 'in-sync' : 'drifted', differences }
  }

  test('has room, and then has not', async ({ skip, onTestFinished }) => {
    const mounted = await run('mkdir -p "$1" && mount -t tmpfs -o size=20m,nr_inodes=200 tmpfs "$1"', small)
    skip(mounted.code !== 0, `this host may not mount anything: ${mounted.stderr}`)
    onTestFinished(() => void sh('umount "$1" && rmdir "$1"', small))
    expect(await finding()).toEqual(inSync('host.disk'))
    await sh('head -c 19M /dev/zero >"$1/backup"', small)
    expect(await finding()).toEqual(drifted('host.disk', `free space of ${small}`, '10 % or 10 GiB', '5 % (1 MiB)'))
    await sh('rm "$1/backup"; for i in $(seq 190); do : >"$1/$i"; done', small)
    expect(await finding()).toEqual(
      drifted('host.disk', `free inodes of ${small}`, '10 % or 100,000', expect.stringMatching(/^4 % \(\d\)$/))
    )
    await sh('rm -rf "$1"/*', small)
    expect(await finding()).toEqual(inSync('host.disk'))
  })
})

describe('host.clock', () => {
  test('goes with ours', async () => expect(await look(clockResource())).toEqual(inSync('host.clock')))

  test.each([
    [3_600_000, '1 hour behind'],
    [-86_400_000, '1 day ahead']
  ])('ours is %i ms away', async (off, actual) => {
    const found = await look(clockResource(() => Date.now() + off))
    // The look itself takes a part of the last minute.
    const told = [actual, actual.replace('1 hour', '59 minutes'), actual.replace('1 day', '23 hours')]
    expect(found).toEqual(drifted('host.clock', 'clock', 'within a minute of this machine', expect.toBeOneOf(told)))
  })
})

// In place, /run is the machine's own.
describe('host.reboot', () => {
  test('is asked for by packages, and done', async () => {
    expect(await look(rebootResource())).toEqual(inSync('host.reboot'))
    await sh('echo "*** System restart required ***" >/run/reboot-required; echo libc6 >/run/reboot-required.pkgs')
    expect(await look(rebootResource())).toEqual(drifted('host.reboot', 'restart', 'none pending', 'pending for libc6'))
    await sh('rm /run/reboot-required /run/reboot-required.pkgs')
    expect(await look(rebootResource())).toEqual(inSync('host.reboot'))
  })
})

describe('host.nginx.test', () => {
  const resource = nginxTestResource(host)
  const { config, pid } = host.nginx
  const address = 'host.nginx.test'
  /** Everything that nginx could make or write: names, times, owners, sizes. */
  const state = () =>
    sh('find /etc/nginx /var/log/nginx /var/lib/nginx "$1" -printf "%p %y %m %u %g %s %T@ %C@ %i\\n" | sort', pid)

  test('accepts what it has, and nothing changes by the question', async () => {
    const before = await state()
    expect(await look(resource)).toEqual(inSync(address))
    expect(await state()).toBe(before)
  })

  test('would not start again: its own words, and nothing changes by the question', async () => {
    await sh('cp -p "$1" "$1.kept"; sed -i "s|^http {|&\\n  no_such_directive on;|" "$1"', config)
    try {
      const before = await state()
      const said = expect.stringMatching(/^\[emerg\] unknown directive "no_such_directive" in .*nginx\.conf:\d+$/)
      expect(await look(resource)).toEqual(drifted(address, config, 'accepted by nginx', said))
      expect(await state()).toBe(before)
    } finally {
      await sh('mv "$1.kept" "$1"', config)
    }
    expect(await look(resource)).toEqual(inSync(address))
  })

  test.each([
    ['a log that the main file names', '/var/log/nginx/access.log'],
    ['the file with its process id', pid]
  ])('%s is missing: it is not asked, and not made', async (_, missing) => {
    await sh('mv "$1" "$1.kept"', missing)
    try {
      expect(await look(resource)).toEqual({
        address,
        verdict: 'unknown',
        differences: [],
        cause: `nginx was not asked, as it would make ${missing}, which is missing`
      })
      expect(await sh('[ -e "$1" ] || echo missing', missing)).toBe('missing\n')
    } finally {
      await sh('mv "$1.kept" "$1"', missing)
    }
  })
})

test('a log that a site names is missing: nginx is not asked, and does not make it', async () => {
  const [site, log] = [`${host.nginx.sites}/watched.conf`, `${host.nginx.logs}/watched.log`]
  await sh('echo "server { listen unix:/run/watched.sock; access_log $2; }" >"$1"', site, log)
  try {
    const cause = `nginx was not asked, as it would make ${log}, which is missing`
    expect(await look(nginxTestResource(host))).toMatchObject({ verdict: 'unknown', cause })
    expect(await sh('[ -e "$1" ] || echo missing', log)).toBe('missing\n')
  } finally {
    await sh('rm "$1"', site)
  }
})

describe('unmanaged', () => {
  const find = async () => {
    const { inventory } = await remote.gather({ inventory: inventoryRequest(host) }, { as: 'root' })
    if (!inventory.ok) throw new Error(inventory.cause)
    const declared = tenants.map((tenant) => ({ name: tenant.name, tenant }))
    return unmanaged(host, declared, inventory.fact)
  }
  const addresses = async () => (await find()).map(({ address }) => address)

  test('nothing is, as long as manifests declare it', async () => {
    expect(await find()).toEqual([])
  })

  test('a tenant that was forgotten is one finding, with all that it has', async () => {
    const things = [
      ['account tenant-ghost', 'useradd --no-create-home tenant-ghost', 'userdel tenant-ghost'],
      ['folder /srv/tenants/ghost', 'mkdir /srv/tenants/ghost', 'rmdir /srv/tenants/ghost'],
      [
        `site ${host.nginx.sites}/ghost-app.conf`,
        `: >${host.nginx.sites}/ghost-app.conf`,
        `rm ${host.nginx.sites}/ghost-app.conf`
      ],
      ['unit tenant@ghost', 'ln -s x "$1/tenant@ghost.service"', 'rm "$1/tenant@ghost.service"'],
      [
        'certificate /etc/tenant-deploy/certificates/ghost',
        'ln -s x /etc/tenant-deploy/certificates/ghost',
        'rm /etc/tenant-deploy/certificates/ghost'
      ],
      ['entry ghost', 'cp -p "$2" "$2.kept"; echo "ghost = host=x" >>"$2"', 'mv "$2.kept" "$2"']
    ] as const
    const places = ['/etc/systemd/system/multi-user.target.wants', host.pgbouncer.databases]
    try {
      for (const [, make] of things) await sh(make, ...places)
      expect(await find()).toEqual([
        {
          address: 'unmanaged.tenant ghost',
          verdict: 'unmanaged',
          differences: things.map(([attribute]) => ({ attribute, expected: 'in a manifest', actual: 'in none' }))
        }
      ])
    } finally {
      for (const [, , remove] of things) await run(remove, ...places)
    }
    expect(await find()).toEqual([])
  })

  test('what a deploy has in its hands is no finding, and a site by hand is one', async () => {
    const { sites } = host.nginx
    const files = ['yourbrand-app.conf.candidate', 'yourbrand-app.conf.new', '.check'].map((name) => `${sites}/${name}`)
    await sh('for each; do : >"$each"; done', ...files, `${sites}/by-hand.conf`)
    try {
      expect(await addresses()).toEqual([`unmanaged.site ${sites}/by-hand.conf`])
    } finally {
      await sh('rm "$@"', ...files, `${sites}/by-hand.conf`)
    }
  })
})
