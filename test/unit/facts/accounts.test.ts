import { expect, test } from 'vitest'
import { findAccount, lookAtAccount, lookAtGroup, parseAccounts } from '../../../src/facts/accounts.ts'

const users = `root:x:0:0:root:/root:/bin/sh
toor:x:0:0::/root:/bin/sh

+::::::
shop:x:1001:1001:A shop,,,:/srv/shop:/bin/sh
other:x:1002:4242::/srv/other:
shop:x:9:9::/:/bin/false
`
const groups = `root:x:0:
shop:x:1001:shop
tenants:x:2000:other,shop
apps:x:2001:shop
shopping:x:2002:shopper
`

test('reads /etc/passwd and /etc/group, and the first name of an id is the one', () => {
  expect([...parseAccounts('root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n\n+::::::\n')]).toEqual([
    [0, 'root']
  ])
})

test('an account is told with its groups by name, its own one apart', () => {
  expect(findAccount('shop', users, groups)).toEqual({
    exists: true,
    uid: 1001,
    home: '/srv/shop',
    shell: '/bin/sh',
    group: 'shop',
    groups: ['apps', 'tenants']
  })
  expect(findAccount('other', users, groups)).toMatchObject({ group: '4242', groups: ['tenants'], shell: '' })
})

test.each(['nobody-here', '', '+', 'sho'])('there is no account %j', (name) => {
  expect(findAccount(name, users, groups)).toEqual({ exists: false })
})

test('asks the host itself', async () => {
  expect(await lookAtAccount({ kind: 'account', name: 'root' })).toMatchObject({ uid: 0, group: 'root' })
  expect(await lookAtGroup({ kind: 'group', name: 'root' })).toEqual({ exists: true })
  expect(await lookAtGroup({ kind: 'group', name: 'no-such-group' })).toEqual({ exists: false })
})
