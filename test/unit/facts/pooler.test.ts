import { expect, test } from 'vitest'
import { findEntry, findSecret, lookAtPooler, readConfig } from '../../../src/facts/pooler.ts'
import { folderWith } from './folder.ts'

const config = `;%include /commented
# auth_type = trust
[databases]
old = host=127.0.0.1
%include /etc/pgbouncer/tenants.ini

[pgbouncer]
listen_port=6432
auth_type = md5
unix_socket_dir =
  auth_type = scram-sha-256 ; not a comment
ldap = server=x ldapbindpasswd="geheim"
broken line
`

test('of the main configuration, the settings and whether it includes the file', () => {
  expect(readConfig(config, '/etc/pgbouncer/tenants.ini')).toEqual({
    includes: true,
    settings: {
      listen_port: '6432',
      auth_type: 'scram-sha-256 ; not a comment',
      unix_socket_dir: '',
      ldap: 'server=x ldapbindpasswd=***'
    }
  })
  for (const other of ['/commented', '/etc/pgbouncer/tenants', 'host=127.0.0.1']) {
    expect(readConfig(config, other).includes).toBe(false)
  }
})

test('the entry of a database: the last one, wherever the file begins, quoted or not', () => {
  const text = 'shop = host=a\nshop2 = host=b\n"odd ""name" = host=c\n;later = host=d\nshop=host=e dbname=shop\n'
  expect(findEntry(text, 'shop')).toBe('host=e dbname=shop')
  expect(findEntry(`[databases]\n${text}`, 'shop2')).toBe('host=b')
  expect(findEntry(text, 'odd "name')).toBe('host=c')
  expect(findEntry(text, 'later')).toBeNull()
  expect(findEntry(`[users]\n${text}`, 'shop')).toBeNull()
})

test('a password in an entry is not told', () => {
  expect(findEntry("shop = password='it''s me' host=a", 'shop')).toBe('password=*** host=a')
})

test('the secret of a role: the last one, with its doubled quotes', () => {
  const text = '; "shop" "commented"\n"shop" "old"\n"shop2" "two" ""\n "sh""op"  "a""b" ""\n"shop" "new"\nshop "bare"\n'
  expect(findSecret(text, 'shop')).toBe('new')
  expect(findSecret(text, 'shop2')).toBe('two')
  expect(findSecret(text, 'sh"op')).toBe('a"b')
  expect(findSecret(text, 'commented')).toBeNull()
})

const look = (folder: string, pidFile: string) =>
  lookAtPooler({
    kind: 'pooler',
    config: `${folder}/pgbouncer.ini`,
    databases: `${folder}/tenants.ini`,
    users: `${folder}/userlist.txt`,
    pidFile,
    database: 'shop',
    role: 'shop'
  })

test('what is missing is a fact', async () => {
  const folder = folderWith()
  const nothing = { running: false, config: null, entry: null, listed: false, credential: null }
  expect(await look(folder, `${folder}/none.pid`)).toEqual(nothing)
})

test('a secret that is no SCRAM credential is listed and not told, and a process id of another program is not it', async () => {
  const folder = folderWith({
    'pgbouncer.ini': '[pgbouncer]\n',
    'tenants.ini': '',
    'userlist.txt': '"shop" "hunter22"\n',
    pid: `${process.pid}\n`
  })
  const fact = await look(folder, `${folder}/pid`)
  const config = { includes: false, settings: {} }
  expect(fact).toEqual({ running: false, config, entry: null, listed: true, credential: null })
})
