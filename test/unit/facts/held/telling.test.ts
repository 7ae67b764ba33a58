import { describe, expect, test } from 'vitest'
import { tellsOn, type Telling } from '../../../../src/facts/held/telling.ts'
import { Rule } from '../../../../src/facts/held/rule.ts'
import { heldHost } from './sample.ts'

// Nothing of it is on this machine, so that each place is where it says.
const host = { ...heldHost(), root: '/srv/no-tenants-here' }
host.nginx = { ...host.nginx, sites: '/etc/no-nginx/tenants.d', config: '/etc/no-nginx/nginx.conf' }
const root = host.root
const release = `${root}/acme/app/releases/20261122T091500Z-0a1b2c3`

describe('what is told of a file that was opened', () => {
  test.each<[string, string | undefined, Telling]>([
    [host.nginx.config, undefined, 'text'],
    [`${host.nginx.sites}/acme-app.conf`, undefined, 'text'],
    [`${host.nginx.sites}/acme-app.conf`, 'tenant-acme', 'text'],
    [`${host.nginx.sites}/keys/acme.conf`, undefined, 'nothing'],
    [`${host.nginx.sites}/acme-app.conf.bak`, undefined, 'nothing'],
    ['/etc/shadow', undefined, 'nothing'],
    ['/etc/ssl/private/acme.key', undefined, 'nothing'],
    ['/etc/pgbouncer/userlist.txt', undefined, 'nothing'],
    ['/etc/sudoers.d/tenant-deploy', undefined, 'hash'],
    ['/var/lib/tenant-deploy/observer/.ssh/authorized_keys', undefined, 'hash'],
    [`${release}/.tenant/release.json`, 'tenant-acme', 'text'],
    [`${release}/.tenant/site.conf`, 'tenant-acme', 'text'],
    [`${root}/acme/marketing/releases/x/.tenant/site.conf`, 'tenant-acme', 'text'],
    [`${release}/.env.local`, 'tenant-acme', 'names'],
    [`${release}/sub/.env.local`, 'tenant-acme', 'hash'],
    [`${release}/.tenant/process.json`, 'tenant-acme', 'hash'],
    [`${release}/server.js`, 'tenant-acme', 'hash'],
    [`${host.records}/acme/app/releases/x/site.conf`, undefined, 'text'],
    [`${host.records}/acme/app/releases/x/release.json`, undefined, 'text'],
    [`${host.records}/acme/app/releases/x/other`, undefined, 'nothing'],
    [`${root}/acme/pm2/dump.pm2`, 'tenant-acme', 'hash'],
    [`${root}/acme/backups/one.dump`, 'tenant-acme', 'hash'],
    // Of another tenant, and of none.
    [`${root}/other/app/releases/x/.tenant/release.json`, 'tenant-acme', 'nothing'],
    [`${root}/acme-two/app/releases/x/.tenant/release.json`, 'tenant-acme', 'nothing'],
    [`${release}/.env.local`, undefined, 'nothing'],
    [`${release}/.tenant/release.json`, undefined, 'nothing'],
    [`${release}/.tenant/release.json (deleted)`, 'tenant-acme', 'hash'],
    ['/etc/passwd', 'tenant-acme', 'nothing']
  ])('%s as %s: %s', async (path, as, telling) => {
    const tells = await tellsOn(host)
    expect(tells(path, as)).toBe(telling)
  })
})

describe('which place may be asked about', () => {
  const rule = new Rule({ ...host, root: '/tmp' })
  const refusal = async (request: Parameters<Rule['of']>[0]) => {
    const ruling = await rule.of(request).catch((error: Error) => error)
    return ruling instanceof Error ? ruling.message : ruling
  }
  const as = 'tenant-acme'

  test.each(['/proc/kmsg', '/proc/1/environ', '/sys/kernel/mm', '/dev/watchdog', '/dev'])(
    '%s is the kernel’s',
    async (path) => {
      expect(await refusal({ kind: 'file', path })).toBe(`${path} is the kernel's`)
      expect(await refusal({ kind: 'certificate', certificate: path, key: path })).toBe(`${path} is the kernel's`)
    }
  )

  test('as root nothing is opened that is not told of', async () => {
    expect(await refusal({ kind: 'file', path: '/etc/shadow', contentUpTo: 100 })).toEqual({
      request: { kind: 'file', path: '/etc/shadow', unread: true }
    })
  })

  test('what a tenant can put another file in the place of is looked at with its rights', async () => {
    const path = '/tmp/acme/app/current/.env.local'
    const one = new Rule({ ...host, root: '/usr' })
    expect(await one.of({ kind: 'file', path: '/usr/bin/env' }).catch((error: Error) => error.message)).toBe(
      "/usr/bin/env is looked at with the rights of its tenant's account alone"
    )
    expect(await refusal({ kind: 'file', path, as: 'tenant-other' })).toMatch(/rights of its tenant's account alone$/)
    expect(await refusal({ kind: 'lock', path: '/tmp/acme/log', as })).toBe('/tmp/acme/log is no such place')
    expect(await refusal({ kind: 'lock', path: '/etc/acme/lock', as })).toMatch(/does not lie in a tenant's folder$/)
    expect(await refusal({ kind: 'processes', pm2Home: '/tmp/acme/app', as })).toMatch(/is no such place$/)
    expect(await refusal({ kind: 'tree', root: '/tmp/acme', recordedIn: '/tmp/acme/x', as })).toMatch(
      /is no such place$/
    )
    const live = '/tmp/acme/app/current'
    expect(await refusal({ kind: 'tree', root: live, recordedIn: `${live}/package.json`, as })).toMatch(
      /^recordedIn is/
    )
    expect(await refusal({ kind: 'tree', root: live, as })).toMatch(/^recordedIn is/)
    const log = `${host.records}/acme/log`
    const releases = { kind: 'releases', root: '/tmp/acme/app', log, lane: 'app' } as const
    expect(await refusal({ ...releases, as })).toEqual({ request: { ...releases, as } })
    expect(await refusal({ ...releases, lane: 'marketing', as })).toMatch(/no such place$/)
    expect(await refusal({ ...releases, log: '/tmp/acme/log', as })).toMatch(/is no log of what shipped$/)
    expect(await refusal({ ...releases, log: `${host.records}/other/log`, as })).toMatch(/is another tenant's$/)
    expect(await refusal({ ...releases, log: `${host.records}/acme/app/log`, as })).toMatch(
      /is no log of what shipped$/
    )
  })

  test('the records of the account that deploys are read as root', async () => {
    const log = `${host.records}/acme/log`
    const releases = { kind: 'releases', root: `${host.records}/acme/app`, log, lane: 'app' } as const
    expect(await refusal(releases)).toEqual({ request: releases })
    expect(await refusal({ ...releases, lane: 'marketing' })).toMatch(/is another tenant's$/)
    expect(await refusal({ ...releases, as })).toMatch(/is another tenant's$/)
    const path = `${host.records}/acme/app/releases/x/site.conf`
    expect(await refusal({ kind: 'file', path, contentUpTo: 100 })).toEqual({
      request: { kind: 'file', path, contentUpTo: 100 }
    })
    const other = `${host.records}/acme/app/other`
    expect(await refusal({ kind: 'file', path: other, contentUpTo: 100 })).toEqual({
      request: { kind: 'file', path: other, unread: true }
    })
  })

  test('without an account only where the tenant has no folder yet', async () => {
    const path = '/tmp/no-such-tenant-here/lock'
    expect(await refusal({ kind: 'lock', path })).toEqual({ request: { kind: 'lock', path } })
  })

  test('a certificate is not read where others may put another file', async () => {
    const outside = new Rule(host)
    const request = { kind: 'certificate', certificate: '/tmp/a.crt', key: '/etc/ssl/a.key' } as const
    await expect(outside.of(request)).rejects.toThrow('/tmp/a.crt lies where others may put another file: /tmp')
  })

  test('no port is asked that no live release of the tenant names', async () => {
    const request = { kind: 'probe', port: 22, path: '/', host: 'a', release: null, deadlineMs: 0, as } as const
    const error = 'not asked: no live release of this tenant was made with this port and path'
    expect(await refusal(request)).toEqual({ answer: { ok: true, fact: { ok: false, attempts: [{ ms: 0, error }] } } })
  })
})
