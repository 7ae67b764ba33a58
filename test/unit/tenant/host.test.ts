import { describe, expect, test } from 'vitest'
import { hostSchema } from '../../../src/tenant/host.ts'
import { hostile, wordy } from './hostile-values.ts'

describe('a host', () => {
  const host = { name: 'web-1', address: 'web-1.acme.example', user: 'deploy', host_key: `SHA256:${'a'.repeat(43)}` }

  test('is filled with defaults, and its keys become a list', () => {
    expect(hostSchema.parse(host)).toMatchObject({ port: 22, root: '/srv/tenants', host_key: [host.host_key] })
  })

  test.each([
    ['address', '10.0.0.1'],
    ['address', '2001:db8::1'],
    ['address', 'localhost'],
    ['host_key', [host.host_key, `SHA256:${'b'.repeat(43)}`]],
    ['key_file', '/home/José/my keys/id'],
    ['path', ['/opt/node/bin']]
  ])('%s = %j is let in', (key, value) => {
    expect(hostSchema.safeParse({ ...host, [key]: value }).success).toBe(true)
  })

  const fields = ['name', 'from', 'address', 'user', 'host_key', 'root', 'resolve', 'kind', 'privilege']
  test.each(
    fields.flatMap((key) =>
      Object.entries({ ...hostile, ...wordy }).map(([name, value]) => [key, name, value] as const)
    )
  )('%s refuses %s', (key, _, value) => {
    expect(hostSchema.safeParse({ ...host, [key]: value }).success).toBe(false)
  })

  const nested = [
    ['postgres', 'address'],
    ['postgres', 'socket'],
    ['postgres', 'administrator'],
    ['pgbouncer', 'address'],
    ['pgbouncer', 'config'],
    ['pgbouncer', 'users'],
    ['acme', 'directory'],
    ['acme', 'email'],
    ['acme', 'webroot'],
    ['nginx', 'group']
  ] as const
  test.each(
    nested.flatMap(([group, key]) =>
      Object.entries({ ...hostile, ...wordy }).map(([name, value]) => [group, key, name, value] as const)
    )
  )('%s.%s refuses %s', (group, key, _, value) => {
    expect(hostSchema.safeParse({ ...host, [group]: { [key]: value } }).success).toBe(false)
  })

  test.each([
    ['postgres', { administrator: 'postgres' }],
    ['postgres', { administrator: { role: 'operator', password: 'ADMINISTRATOR_PASSWORD' } }],
    ['acme', { directory: 'https://127.0.0.1:14000/dir', email: 'ops@acme.example' }]
  ])('%s = %j is let in', (key, value) => {
    expect(hostSchema.safeParse({ ...host, [key]: value }).success).toBe(true)
  })

  test('needs no address and no key where the runner runs on it', () => {
    expect(hostSchema.safeParse({ name: 'web-1', kind: 'local', user: 'deploy' }).success).toBe(true)
    expect(hostSchema.safeParse({ name: 'web-1', kind: 'local' }).error?.issues).toMatchObject([{ path: ['user'] }])
    expect(hostSchema.safeParse({ name: 'web-1', user: 'deploy' }).error?.issues).toMatchObject([
      { path: ['address'] },
      { path: ['host_key'] }
    ])
  })

  test.each([
    ['address', '999.1.1.1'],
    ['address', '::ffff:1.2.3.400'],
    ['address', 'fe80::1%eth0'],
    ['address', 'root@web'],
    ['address', '-oProxyCommand=x'],
    ['user', 'Root'],
    ['user', '1a'],
    ['port', 0],
    ['port', '22'],
    ['host_key', []],
    ['host_key', 'MD5:aa:bb'],
    ['key_file', '~/.ssh/id'],
    ['key_file', 'a\nb'],
    ['root', '/'],
    ['root', 'srv'],
    ['path', ['/a:/b']],
    ['path', ['bin']],
    ['nginx', { command: 'nginx' }],
    ['nginx', { commnd: '/usr/sbin/nginx' }],
    ['resolve', 'localhost'],
    ['kind', 'telnet'],
    ['privilege', 'root'],
    ['acme', { directory: 'http://acme.example/dir' }],
    ['acme', { directory: 'https://user:pass@acme.example/dir' }],
    ['acme', { email: 'ops@localhost' }],
    ['postgres', { administrator: { role: 'operator' } }]
  ])('%s = %j is refused', (key, value) => {
    expect(hostSchema.safeParse({ ...host, [key]: value }).success).toBe(false)
  })
})
