import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkSite, placeSite } from '../../src/deploy/site.ts'
import type { Shipment } from '../../src/deploy/shipment.ts'
import type { Connection } from '../../src/remote/connection.ts'
import { connectTo, shipmentFor } from '../world/remote.ts'
import { squatter } from '../world/squatter.ts'
import { cloned } from '../world/cloned.ts'
import { bench, nothingDone, type Bench } from './bench.ts'
import { failureOf } from './failure.ts'

const world = await cloned()
const path = '/etc/nginx/tenants.d/otherbrand-app.conf'
const other = '/etc/nginx/tenants.d/yourbrand-app.conf'
let app: Bench
let remote: Connection
let shipment: Shipment
let rendered = ''

beforeAll(async () => {
  app = await bench(world, 'app')
  remote = await connectTo(world)
  shipment = shipmentFor(world, 'otherbrand', remote)
})

afterAll(async () => {
  await remote[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const listing = () =>
  app.host.must(['sh', '-c', 'cd /etc/nginx/tenants.d && ls -lA --time-style=full-iso && cat *.conf'])
const finding = () => app.finding('app.site')
const inSync = { address: 'app.site', verdict: 'in-sync', differences: [] }
const served = async () => (await world.visit(world.url('booking.otherbrand.test'))).status
const site = (rest: string) => `server { listen 127.0.0.1:${world.host.http_port}; server_name odd.test; ${rest} }\n`

test('absent, put in place, in sync, and not reloaded the second time', async () => {
  expect(await finding()).toMatchObject({ verdict: 'missing', differences: [{ attribute: path, actual: 'missing' }] })
  // What is not there yet is placed before the lane ships.
  expect((await app.converge()).site).toMatchObject({ path, changed: false, reloaded: false })
  expect(await finding()).toEqual(inSync)
  expect(await served()).toBe(200)
  rendered = await app.host.must(['cat', path])
  const workers = await app.host.workers()
  expect(await app.converge()).toMatchObject({ ...nothingDone, site: { changed: false, reloaded: false } })
  expect(await app.host.workers()).toEqual(workers)
})

test('tampered with: put back without a new release', async () => {
  await app.host.must([
    'sh',
    '-c',
    `sed -i 's/client_max_body_size 10m/client_max_body_size 1m/' ${path} && nginx -s reload`
  ])
  const { verdict, differences } = await finding()
  expect(verdict).toBe('drifted')
  expect(differences).toEqual([
    {
      attribute: path,
      expected: expect.stringMatching(/^sha256 [0-9a-f]{12}$/) as string,
      actual: expect.stringMatching(/^sha256 [0-9a-f]{12}$/) as string
    }
  ])
  const report = await app.converge()
  expect(report.release).toBe(report.previous)
  expect(report).toMatchObject({ changed: true, files: nothingDone.files, site: { changed: true, reloaded: true } })
  expect(report.site?.diff).toContain('-  client_max_body_size 1m;\n+  client_max_body_size 10m;\n')
  expect(await app.host.must(['cat', path])).toBe(rendered)
  expect(await finding()).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('taken away: put back', async () => {
  await app.host.must(['rm', path])
  expect((await app.converge()).site).toMatchObject({ changed: false })
  expect(await app.host.must(['cat', path])).toBe(rendered)
  expect(await served()).toBe(200)
})

test.each([
  [
    'a directive that nginx does not know',
    () => site('no_such_directive on;'),
    'unknown directive "no_such_directive"'
  ],
  ['half a site', () => 'server {\n', 'unexpected end of file'],
  [
    'a certificate that is not there',
    () => site('listen 127.0.0.1:1 ssl; ssl_certificate /no/such.crt; ssl_certificate_key /no/such.key;'),
    '/no/such.crt'
  ]
])('%s: what is live is not touched, and nothing is left behind', async (_, text, why) => {
  const before = await listing()
  const workers = await app.host.workers()
  expect(await failureOf(checkSite(shipment, path, text()))).toMatchObject({
    kind: 'nginx',
    message: 'nginx does not accept the site',
    where: path,
    remedy: expect.stringContaining('the site that is live was not touched') as string,
    log: expect.stringContaining(why) as string
  })
  expect(await listing()).toBe(before)
  expect(await app.host.workers()).toEqual(workers)
})

test('a good one, for a new site and for one that is there, leaves nothing behind either', async () => {
  const before = await listing()
  await checkSite(shipment, path, rendered)
  await checkSite(shipment, other, site('return 204;'))
  expect(await listing()).toBe(before)
})

test('a main configuration that does not include the sites', async () => {
  const elsewhere = { ...shipment, host: { ...shipment.host, nginx: { ...shipment.host.nginx, config: '/etc/hosts' } } }
  const before = await listing()
  expect(await failureOf(checkSite(elsewhere, path, rendered))).toMatchObject({
    kind: 'nginx',
    log: expect.stringContaining('/etc/hosts has no line: include /etc/nginx/tenants.d/*.conf;') as string
  })
  expect(await listing()).toBe(before)
})

test('checks at the same time do not disturb each other', async () => {
  const before = await listing()
  await using second = await connectTo(world)
  const elsewhere = { ...shipment, remote: second }
  const bad = site('no_such_directive on;')
  const outcomes = await Promise.allSettled([
    checkSite(shipment, path, rendered),
    checkSite(elsewhere, other, bad),
    checkSite(shipment, other, site('return 204;')),
    checkSite(elsewhere, path, bad),
    checkSite(elsewhere, path, rendered)
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
  expect(await listing()).toBe(before)
})

test('a reload that nginx can not take: the old site is put back, and served', async () => {
  const port = 8099
  await using taken = new AsyncDisposableStack()
  taken.use(await squatter(world, { account: 'nobody', address: '127.0.0.1', port, does: { answers: 'x' } }))
  // nginx -t does not mind a port that another program has; the reload does.
  const text = `${rendered.replace('client_max_body_size 10m', 'client_max_body_size 7m')}server { listen 127.0.0.1:${port}; }\n`
  await checkSite(shipment, path, text)
  const failure = await failureOf(placeSite(shipment, path, text))
  expect(failure).toMatchObject({
    kind: 'nginx',
    message: 'nginx did not take the new configuration: its old workers still serve',
    remedy: expect.stringContaining('put back') as string
  })
  expect(await app.host.must(['cat', path])).toBe(rendered)
  expect(await served()).toBe(200)
  expect(await finding()).toEqual(inSync)
  expect(await app.converge()).toMatchObject(nothingDone)
})

test('nginx is not running', async () => {
  const elsewhere = {
    ...shipment,
    host: { ...shipment.host, nginx: { ...shipment.host.nginx, pid: '/run/no-nginx.pid' } }
  }
  expect(await failureOf(placeSite(elsewhere, path, rendered))).toMatchObject({
    kind: 'nginx',
    message: 'nginx is not running',
    remedy: expect.stringContaining('systemctl start nginx') as string
  })
})
