import { expect, test } from 'vitest'
import { readingsOf, sourceOf } from '../../../src/logs/sources.ts'
import { hostSchema } from '../../../src/tenant/host.ts'
import { layout } from '../../../src/tenant/layout.ts'

const host = hostSchema.parse({ name: 'a', address: 'a', user: 'a', host_key: `SHA256:${'a'.repeat(43)}` })
const acme = layout(host, { name: 'acme' })

test('what the app prints is read as the tenant, and only nginx’ logs as root', () => {
  const folder = '/srv/tenants/acme/app/shared/log'
  const nginx = '/var/log/nginx'
  expect(readingsOf(acme, ['app', 'marketing'])).toEqual([
    {
      account: 'tenant-acme',
      sources: {
        'app.out': { folder, name: '*.out.log', format: 'pm2' },
        'app.error': { folder, name: '*.error.log', format: 'pm2' }
      }
    },
    {
      account: 'root',
      sources: {
        'app.nginx': { folder: nginx, name: 'acme-app.error.log', format: 'error' },
        'app.access': { folder: nginx, name: 'acme-app.access.log', format: 'access' },
        'marketing.nginx': { folder: nginx, name: 'acme-marketing.error.log', format: 'error' },
        'marketing.access': { folder: nginx, name: 'acme-marketing.access.log', format: 'access' }
      }
    }
  ])
})

test('of one lane', () => {
  const names = (lane: 'app' | 'marketing') => readingsOf(acme, [lane]).map(({ sources }) => Object.keys(sources))
  expect(names('app')).toEqual([
    ['app.out', 'app.error'],
    ['app.nginx', 'app.access']
  ])
  expect(names('marketing')).toEqual([['marketing.nginx', 'marketing.access']])
})

test('each name stands for its lane and source', () => {
  for (const { sources } of readingsOf(acme, ['app', 'marketing']))
    for (const name of Object.keys(sources)) {
      const named = sourceOf(name)!
      expect(`${named.lane}.${named.source}`).toBe(name)
    }
})
