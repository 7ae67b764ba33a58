import { expect, test } from 'vitest'
import type { FileSystem } from '../../../../src/facts/host-facts.ts'
import { capacityResource } from '../../../../src/resources/host/capacity.ts'
import { clockResource } from '../../../../src/resources/host/clock.ts'
import { nginxTestResource } from '../../../../src/resources/host/nginx-test.ts'
import { rebootResource } from '../../../../src/resources/host/reboot.ts'
import { host } from '../acme.ts'
import { told } from '../isolation/told.ts'

const GIB = 1024 ** 3
const disk = (more: Partial<FileSystem>): FileSystem => ({
  ...{ path: '/', bytes: 100 * GIB, bytesFree: 50 * GIB, inodes: 1_000_000, inodesFree: 500_000 },
  ...more
})

test('asks for the file systems that deploys, logs and databases need', () => {
  const asked = (desired = host) => capacityResource(desired).requests.capacity.paths
  expect(asked()).toEqual(['/', '/srv/tenants', '/var/log/nginx', '/tmp', '/var/lib/postgresql'])
  const elsewhere = { ...host, postgres: { ...host.postgres, administrator: { role: 'operator', password: 'P' } } }
  expect(asked(elsewhere)).not.toContain('/var/lib/postgresql')
})

test.each<[string, Partial<FileSystem>, string]>([
  ['half free', {}, 'in-sync'],
  ['a tenth free', { bytesFree: 10 * GIB }, 'in-sync'],
  ['less than a tenth', { bytesFree: 10 * GIB - 1 }, 'drifted | free space of / 10 % or 10 GiB <- 9 % (9.9 GiB)'],
  ['little of a large disk, and much all the same', { bytes: 4000 * GIB, bytesFree: 20 * GIB }, 'in-sync'],
  ['much of a small disk', { bytes: 2 * GIB, bytesFree: 1 * GIB }, 'in-sync'],
  [
    'little of a small disk',
    { bytes: 2 * GIB, bytesFree: 1024 ** 2 },
    'drifted | free space of / 10 % or 10 GiB <- 0 % (1 MiB)'
  ],
  ['full', { bytesFree: 0 }, 'drifted | free space of / 10 % or 10 GiB <- 0 % (0 MiB)'],
  ['few inodes', { inodesFree: 99_999 }, 'drifted | free inodes of / 10 % or 100,000 <- 9 % (99,999)'],
  ['few of very many inodes', { inodes: 10_000_000, inodesFree: 100_000 }, 'in-sync'],
  ['inodes that nobody counts', { inodes: 0, inodesFree: 0 }, 'in-sync'],
  ['nothing that can be filled', { bytes: 0, bytesFree: 0, inodes: 0, inodesFree: 0 }, 'in-sync']
])('disk: %s', (_, more, expected) => {
  expect(told(capacityResource(host).compare({ capacity: { fileSystems: [disk(more)] } }))).toBe(expected)
})

test('each file system has its own difference', () => {
  const fileSystems = [disk({}), disk({ path: '/tmp', bytesFree: 0 }), disk({ path: '/srv/tenants', inodesFree: 5 })]
  expect(
    capacityResource(host)
      .compare({ capacity: { fileSystems } })
      .differences.map(({ attribute }) => attribute)
  ).toEqual(['free space of /tmp', 'free inodes of /srv/tenants'])
})

const T = 1_800_000_000_000
test.each<[string, number, number, string]>([
  ['right', 0, 0, 'in-sync'],
  ['a minute ahead', 60_000, 0, 'in-sync'],
  ['a minute behind', -60_000, 0, 'in-sync'],
  ['read at some time within a long look', 90_000, 120_000, 'in-sync'],
  ['behind before a long look', -60_001, 120_000, 'drifted | clock within a minute of this machine <- 1 minute behind'],
  ['ahead after a long look', 300_000, 120_000, 'drifted | clock within a minute of this machine <- 3 minutes ahead'],
  ['an hour ahead', 3_600_000, 0, 'drifted | clock within a minute of this machine <- 1 hour ahead'],
  ['never set', -T, 0, 'drifted | clock within a minute of this machine <- 20833 days behind']
])('clock: %s', (_, off, lasts, expected) => {
  let now = T
  const resource = clockResource(() => now)
  now += lasts
  expect(told(resource.compare({ clock: { nowMs: T + off } }))).toBe(expected)
})

test.each<[string, boolean, string[], string]>([
  ['none', false, [], 'in-sync'],
  ['for something', true, [], 'drifted | restart none pending <- pending'],
  ['for packages', true, ['libc6', 'linux-base'], 'drifted | restart none pending <- pending for libc6, linux-base'],
  [
    'for many',
    true,
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    'drifted | restart none pending <- pending for a, b, c, d, e and 2 more'
  ]
])('restart: %s', (_, pending, packages, expected) => {
  expect(told(rebootResource().compare({ reboot: { pending, packages } }))).toBe(expected)
})

const nginx = nginxTestResource(host)
const refused = (said: string) => told(nginx.compare({ test: { accepted: false, said } }))
const config = 'drifted | /etc/nginx/nginx.conf accepted by nginx <- '

test('nginx is only asked where it makes nothing by that', () => {
  expect(nginx.requests.test).toEqual({
    kind: 'nginx-test',
    command: '/usr/sbin/nginx',
    config: '/etc/nginx/nginx.conf',
    sites: '/etc/nginx/tenants.d',
    pidFile: '/run/nginx.pid'
  })
})

test('what nginx says is told without what is another each time', () => {
  expect(told(nginx.compare({ test: { accepted: true, said: 'nginx: [warn] something' } }))).toBe('in-sync')
  const failed = 'nginx: configuration file /etc/nginx/nginx.conf test failed'
  for (const before of ['nginx: [emerg]', '2026/11/27 00:11:17 [emerg] 6874#6874:'])
    expect(refused(`${before} unknown directive "x" in /etc/x:3\n${failed}`)).toBe(
      `${config}[emerg] unknown directive "x" in /etc/x:3`
    )
  expect(refused('[warn] a\n[emerg] b\n[emerg] c\n')).toBe(`${config}[warn] a; [emerg] b`)
  expect(refused('x'.repeat(1000))).toBe(`${config}${'x'.repeat(300)}…`)
  expect(refused('')).toBe(`${config}not accepted`)
})

test.each([capacityResource(host), clockResource(), rebootResource(), nginx])(
  '$address: a person is told what to do',
  (resource) => {
    expect(resource.remedy).toMatch(/^[a-z].*[^.]$/)
  }
)
