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

  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEBBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f'
  const observers = (...keys: unknown[]) => hostSchema.safeParse({ ...host, observer: { keys } })
  const said = ({ error }: ReturnType<typeof observers>) => JSON.stringify(error?.issues)

  test('lets keys look, each a line of a .pub file', () => {
    expect(observers(key, `${key.slice(0, -1)}g doctor@ci`).data?.observer).toMatchObject({ user: 'look' })
    expect(observers().success).toBe(true)
    expect(said(observers(key, key))).toContain('is listed twice')
  })

  test.each([
    ...Object.entries({ ...hostile, ...wordy }),
    ['options before it', `command="sh" ${key}`],
    ['a comment of two words', `${key} a b`],
    ['another line behind it', `${key}\n${key}`],
    ['a newline at its end', `${key}\n`],
    ['a quote in its comment', `${key} a"b`],
    ['another type than it is', key.replace('ssh-ed25519', 'ssh-rsa')],
    ['a type that has had its day', key.replace('ssh-ed25519', 'ssh-dss')],
    ['a type that nobody knows', key.replace('ssh-ed25519', 'ssh-none')],
    ['a key that is cut short', key.slice(0, 40)],
    ['its fingerprint', host.host_key],
    ['a number', 7]
  ])('refuses a key that is %s, and does not repeat it', (_, value) => {
    const refused = observers(value)
    expect(refused.success).toBe(false)
    if (typeof value === 'string' && value.length > 20)
      expect(said(refused)).not.toContain(JSON.stringify(value).slice(1, -1))
  })

  test('says that a private key has to be replaced', () => {
    const refused = said(observers('-----BEGIN OPENSSH PRIVATE KEY-----'))
    expect(refused).toContain('the private half, which has to be replaced now')
    expect(refused).not.toContain('BEGIN')
  })

  test.each([
    ['root', 'root may do everything'],
    ['tenant-look', 'does not begin with tenant-'],
    ['deploy', 'is the account that deploys'.slice(7)],
    ['Look', 'write lower-case letters']
  ])('lets nobody look as %s', (user, message) => {
    expect(said(hostSchema.safeParse({ ...host, observer: { user, keys: [key] } }))).toContain(message)
  })

  test('has nobody who looks with a key where nobody connects', () => {
    const local = hostSchema.safeParse({ name: 'web-1', kind: 'local', user: 'deploy', observer: { keys: [key] } })
    expect(local.error?.issues).toMatchObject([{ path: ['observer'] }])
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
