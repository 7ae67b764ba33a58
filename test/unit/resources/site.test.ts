import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { siteResource, siteText } from '../../../src/resources/site.ts'
import { siteUrl, siteView } from '../../../src/resources/site-view.ts'
import { renderTemplate } from '../../../src/resources/templates.ts'
import { layout as layoutOf } from '../../../src/tenant/layout.ts'
import { tenantSchema } from '../../../src/tenant/schema.ts'
import { absent, file, host, layout, tenant } from './acme.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

describe('a site', () => {
  const resource = siteResource(layout, 'app', 'server {}\n', '/run/nginx.pid')
  const path = '/etc/nginx/tenants.d/acme-app.conf'
  const nginx = { running: true, master: 1, workers: [{ pid: 2, startedAtMs: 5_000 }] }
  const written = (text: string, mtimeMs: number) => ({ exists: true, sha256: hash(text), mtimeMs })
  const stale = { attribute: 'loaded by nginx', expected: 'the file as it is', actual: 'an older one' }

  test('is compared by its whole text', () => {
    expect(resource.path).toBe(path)
    expect(resource.compare({ file: written('server {}\n', 4_000), nginx }).verdict).toBe('in-sync')
    expect(resource.compare({ file: absent, nginx })).toEqual({
      verdict: 'missing',
      differences: [{ attribute: path, expected: 'the site', actual: 'missing' }]
    })
    expect(resource.compare({ file: written('server { }\n', 4_000), nginx }).differences).toEqual([
      {
        attribute: path,
        expected: `sha256 ${hash('server {}\n').slice(0, 12)}`,
        actual: `sha256 ${hash('server { }\n').slice(0, 12)}`
      }
    ])
  })

  test('is drifted where nginx has not read it since it was written', () => {
    const file = written('server {}\n', 6_000)
    expect(resource.compare({ file, nginx }).differences).toEqual([stale])
    const reloaded = { ...nginx, workers: [{ pid: 3, startedAtMs: 6_100 }] }
    expect(resource.compare({ file, nginx: reloaded }).verdict).toBe('in-sync')
    const halfway = { ...nginx, workers: [...nginx.workers, ...reloaded.workers] }
    expect(resource.compare({ file, nginx: halfway }).differences).toEqual([stale])
    expect(resource.compare({ file, nginx: { running: false, master: 0, workers: [] } }).differences).toEqual([stale])
  })
})

test('the text of a site is what its file holds', () => {
  expect(siteText(file('server { # Zoë\n}'))).toBe('server { # Zoë\n}')
  expect(siteText(file(''))).toBe('')
  expect(siteText(absent)).toBeNull()
})

describe('what a template may name', () => {
  const app = { ...tenant.app!, headers: { 'x-Frame-OPTIONS': 'DENY', 'X-Own': 'a b' } }
  const view = siteView(host, { ...tenant, app }, layout, 'app')

  test("the manifest's headers take the place of ours, however they are written", () => {
    const headers = view['headers'] as { name: string; value: string }[]
    expect(headers.filter(({ name }) => /^x-frame-options$/i.test(name))).toEqual([
      { name: 'x-Frame-OPTIONS', value: 'DENY' }
    ])
    expect(headers).toContainEqual({ name: 'X-Own', value: 'a b' })
    expect(headers).toContainEqual({ name: 'X-Content-Type-Options', value: 'nosniff' })
    expect(headers).toHaveLength(5)
  })

  test('ports show in addresses only where browsers need them', () => {
    expect(view).toMatchObject({ https_suffix: '', listen_https: ['443', '[::]:443'], port_a: 4101, port_b: 4102 })
    const other = { ...host, https_port: 8443, http_port: 8080, listen: '127.0.0.1' }
    expect(siteView(other, tenant, layout, 'app')).toMatchObject({
      https_suffix: ':8443',
      listen_http: ['127.0.0.1:8080'],
      listen_https: ['127.0.0.1:8443']
    })
    expect(siteUrl(host, 'a.example')).toBe('https://a.example/')
    expect(siteUrl(other, 'a.example')).toBe('https://a.example:8443/')
  })

  test('a marketing site knows nothing of upstreams', () => {
    expect(Object.keys(siteView(host, tenant, layout, 'marketing'))).not.toContain('port_a')
  })
})

const root = join(import.meta.dirname, '../../..')

describe.each(['yourbrand', 'otherbrand'])('the sites of %s', (name) => {
  const committed = tenantSchema.parse(parse(readFileSync(join(root, 'tenants', name, 'tenant.yml'), 'utf8')))

  test.each(['app', 'marketing'] as const)('%s', (lane) => {
    const view = siteView(host, committed, layoutOf(host, committed), lane)
    const text = renderTemplate(join(root, 'templates'), `nginx/${lane}.conf.mustache`, view)
    expect(text).not.toMatch(/\{\{|\}\}|undefined|\[object|&(quot|amp|#)/)
    expect(text.split('{').length).toBe(text.split('}').length)
    expect(text).toContain(`server_name ${committed[lane]!.domain};`)
    for (const domain of committed[lane]!.redirects) expect(text).toContain(`server_name ${domain};`)
    expect(text).toContain(`/srv/tenants/${name}/${lane}/current`)
    if (lane === 'app') for (const port of committed.app!.ports) expect(text).toContain(`server 127.0.0.1:${port};`)
    expect(text).toContain('add_header X-Content-Type-Options "nosniff" always;')
  })
})
