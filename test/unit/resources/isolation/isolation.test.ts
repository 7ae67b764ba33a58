import { expect, test } from 'vitest'
import { desiredIsolation } from '../../../../src/resources/isolation.ts'
import { thrownBy } from '../../thrown.ts'
import { host, tenant } from '../acme.ts'

const secrets = { ACME_DATABASE_PASSWORD: 'pencil' }
const desire = { host, tenant, templates: '', collector: '', secrets }
const addresses = (list: { address: string }[]) => list.map(({ address }) => address)

test('walks in the order in which things can be made', () => {
  const { foundation, own, issued } = desiredIsolation(desire)
  expect(addresses(foundation)).toEqual([
    ...['host.packages', 'host.group', 'host.sudo', 'host.observer', 'host.folders', 'host.pgbouncer', 'host.boot'],
    ...['account', 'folders', 'records']
  ])
  expect(addresses(own)).toEqual([
    ...[
      'database.role',
      'database',
      'database.ownership',
      'pgbouncer.entry',
      'pgbouncer.route',
      'certificate',
      'logs',
      'host.nginx',
      'boot'
    ]
  ])
  expect(issued.address).toBe('certificate.issued')
})

test('a tenant without an app has no database, no pool and nothing to start', () => {
  const site = { ...tenant }
  delete site.app
  delete site.database
  const { foundation, own } = desiredIsolation({ ...desire, tenant: site, secrets: {} })
  expect(addresses([...foundation, ...own])).toEqual([
    ...[
      'host.packages',
      'host.group',
      'host.sudo',
      'host.observer',
      'host.folders',
      'account',
      'folders',
      'records',
      'certificate',
      'logs',
      'host.nginx'
    ]
  ])
})

test('needs no rules for sudo where the account that connects is root', () => {
  const { foundation } = desiredIsolation({ ...desire, host: { ...host, user: 'root', privilege: 'root' } })
  expect(addresses(foundation)).not.toContain('host.sudo')
})

const remote = { ...host, postgres: { ...host.postgres, administrator: { role: 'operator', password: 'OPERATOR' } } }

test.each([
  [
    'no password',
    { ...desire, secrets: {} },
    'the secret ACME_DATABASE_PASSWORD is not set',
    'tenants/acme/tenant.yml'
  ],
  [
    'a password that is normalised',
    { ...desire, secrets: { ACME_DATABASE_PASSWORD: 'pencıl' } },
    'the secret ACME_DATABASE_PASSWORD holds characters that a password may not have',
    'tenants/acme/tenant.yml'
  ],
  [
    'no password of the administrator',
    { ...desire, host: remote },
    'the secret OPERATOR is not set',
    'tenants/hosts/web-1.yml'
  ]
])('says which secret is wrong: %s', (_, wrong, message, where) => {
  const error = thrownBy(() => desiredIsolation(wrong))
  expect(error).toMatchObject({ kind: 'secret', message })
  expect(error.where).toContain(where)
  expect(error.remedy).toBeTruthy()
})
