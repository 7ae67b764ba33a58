import { describe, expect, test } from 'vitest'
import { sudoResource } from '../../../src/resources/host/sudo.ts'
import { managed } from '../../../src/resources/resource.ts'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const tenant = estate(world, 'yourbrand')
const { sh, read, about, mends, off, converge } = tenant
const hash = expect.stringMatching(/^sha256 [0-9a-f]{12}$/) as string

// A sandbox that runs in place is the machine itself, which no test removes anything from.
describe('host.packages', () => {
  const absent = (name: string): Row => [name, 'installed', 'missing']

  test('a package is gone: apt brings it, also where it was cut off before', async () => {
    await sh('apt-get -qy remove rsync >/dev/null 2>&1; : >/var/lib/dpkg/updates/0000')
    await mends({ 'host.packages': drifted(absent('rsync')) })
    expect(await sh('rsync --version')).toContain('rsync  version')
  })

  test('pm2 is gone: npm brings it, and the tenants can run it', async () => {
    const link = '/usr/local/bin/pm2'
    const before = (await sh('readlink -- "$1"', link)).trim()
    await sh('rm -- "$1"', link)
    try {
      await mends({ 'host.packages': drifted(absent('pm2')) })
      // `pm2 --version` would leave a daemon behind.
      const script = 'test -x "$(command -v pm2)" && head -n 1 "$(readlink -f "$(command -v pm2)")"'
      expect((await world.exec(['sh', '-c', script], { as: 'tenant-yourbrand' })).stdout).toMatch(/^#!.*node/)
    } finally {
      await sh('rm -rf /usr/local/lib/node_modules/pm2; ln -sfn -- "$1" "$2"', before, link)
    }
  })
})

test('host.group: absent, with everybody who was in it', async () => {
  await sh('groupdel tenants')
  await mends({ 'host.group': missing('tenants', 'a group'), account: drifted(['other groups', 'tenants', 'none']) })
  await sh('usermod --groups tenants tenant-otherbrand')
})

describe('host.sudo', () => {
  const path = '/etc/sudoers.d/tenant-deploy'

  test('absent', async () => {
    await sh('rm -- "$1"; echo "nonsense" >"$1.new"', path)
    await mends({ 'host.sudo': missing(path, 'a file') })
    expect(await about(path)).toBe('regular file root root 440')
    await sh('[ ! -e "$1.new" ]; visudo -c -q', path)
    // It is what lets the account deploy, and no more.
    const rules = await sh(
      `sed -i 's/^deploy ALL/#&/' /etc/sudoers.d/sandbox; sudo -l -U deploy; sed -i 's/^#deploy ALL/deploy ALL/' /etc/sudoers.d/sandbox`
    )
    const [, own] = rules.replaceAll(/\s+/g, ' ').split(/may run the following commands on \S+: /)
    expect(own!.trim()).toBe(
      '(%tenants) NOPASSWD: ALL (root) NOPASSWD: /usr/sbin/nginx -t -q -c /etc/nginx/tenant-check.conf, /usr/sbin/nginx -s reload'
    )
  })

  test.each([
    ['a right more', 'echo "tenant-otherbrand ALL=(ALL) NOPASSWD: ALL" >>"$1"', [path, hash, hash]],
    ['a right less', 'sed -i 2d "$1"', [path, hash, hash]],
    ['nothing in it', ': >"$1"', [path, hash, hash]],
    ['what no sudo reads', 'echo "deploy MAY (" >>"$1"', [path, hash, hash]],
    ['open to writers', 'chmod 0460 "$1"', ['mode', '0440', '0460']],
    ["another's", 'chown deploy "$1"', ['owner', 'root', 'deploy']]
  ] as [string, string, Row][])('tampered with: %s', async (_, script, row) => {
    const before = await read(path)
    await sh(script, path)
    await mends({ 'host.sudo': drifted(row) })
    expect(await read(path)).toBe(before)
    expect(await about(path)).toBe('regular file root root 440')
  })

  test('what visudo refuses does not get there', async () => {
    const broken = managed(sudoResource({ ...tenant.shipment.host, user: 'deploy ALL=' }))
    const before = [await read(path), await sh('ls -A /etc/sudoers.d')]
    const [change] = broken.changes({} as never)
    const { as, command, what, input } = change!
    const done = await tenant.remote.execute(command, { as, step: what, deadlineMs: 60_000, input: input! })
    expect(done.code).not.toBe(0)
    expect(done.stdout + done.stderr).toContain('syntax error')
    expect([await read(path), await sh('ls -A /etc/sudoers.d')]).toEqual(before)
  })
})

describe('host.folders', () => {
  const [root, sites, check] = ['/srv/tenants', '/etc/nginx/tenants.d', '/etc/nginx/tenant-check.conf']
  const [webroot, certificates] = ['/var/lib/tenant-deploy/acme', '/etc/tenant-deploy/certificates']

  test('absent', async () => {
    await sh('rm -rf "$1" "$2"', check, webroot)
    await mends({ 'host.folders': drifted([check, 'a file', 'missing'], [webroot, 'a folder', 'missing']) })
    expect([await about(check), await about(webroot)]).toEqual([
      'regular empty file deploy root 644',
      'directory root root 755'
    ])
  })

  test.each([
    [root, 'chmod 0777 "$1"', [`mode of ${root}`, '0755', '0777']],
    [root, 'chmod 2755 "$1"', [`mode of ${root}`, '0755', '2755']],
    [root, 'chown tenant-yourbrand "$1"', [`owner of ${root}`, 'root', 'tenant-yourbrand']],
    [sites, 'chown root "$1"', [`owner of ${sites}`, 'deploy', 'root']],
    [sites, 'chmod 0700 "$1"', [`mode of ${sites}`, '0755', '0700']],
    [sites, 'chmod 6755 "$1"', [`mode of ${sites}`, '0755', '6755']],
    [check, 'chown root "$1"', [`owner of ${check}`, 'deploy', 'root']],
    [check, 'chmod 0600 "$1"', [`mode of ${check}`, '0644', '0600']],
    [webroot, 'chmod 0700 "$1"', [`mode of ${webroot}`, '0755', '0700']],
    [certificates, 'chmod 0755 "$1"', [`mode of ${certificates}`, '0700', '0755']],
    [certificates, 'chown deploy "$1"', [`owner of ${certificates}`, 'root', 'deploy']]
  ] as [string, string, Row][])('tampered with: %s, %s', async (path, script, row) => {
    const before = await about(path)
    await sh(script, path)
    await mends({ 'host.folders': drifted(row) })
    expect(await about(path)).toBe(before)
  })

  test.each([
    [
      'a file in place of a folder',
      webroot,
      'rmdir "$1"; install -m 0755 /dev/null "$1"',
      [webroot, 'a folder', 'file']
    ],
    ['a folder in place of a file', check, 'rm "$1"; install -d -o deploy -m 0644 "$1"', [check, 'a file', 'folder']]
  ] as [string, string, string, Row][])('%s is refused', async (_, path, script, row) => {
    const before = await about(path)
    await sh(script, path)
    const replaced = await about(path)
    expect(await off()).toEqual({ 'host.folders': drifted(row) })
    expect(await failureOf(converge())).toMatchObject({
      kind: 'provision',
      message: `could not make the ${row[1].slice(2)} ${path} (exit code 1)`
    })
    expect(await about(path)).toBe(replaced)
    await sh('rm -r "$1"', path)
    await mends({ 'host.folders': drifted([path, row[1], 'missing']) })
    expect(await about(path)).toBe(before)
  })
})
