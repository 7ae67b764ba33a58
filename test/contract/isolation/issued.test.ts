import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { beforeAll, expect, test } from 'vitest'
import { issuedResource } from '../../../src/resources/isolation/issued.ts'
import { edit, restore } from '../../world/on-host.ts'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { DAY, make, names, untilWhen } from './certificates.ts'
import { drifted, estate, missing } from './estate.ts'

const world = await cloned()
const tenant = estate(world, 'yourbrand')
const { sh, mends, off, converge } = tenant
const folder = '/etc/tenant-deploy/certificates'
const link = `${folder}/yourbrand`
const live = '/etc/letsencrypt/live/tenant-yourbrand'
const crt = `${link}/fullchain.pem`
const lineage = '/etc/letsencrypt/archive/tenant-yourbrand'
const serial = async () => (await sh('openssl x509 -noout -serial -in "$1"', crt)).trim().replace('serial=', '')
const newest = async (name: string) => (await sh('readlink -f -- "$1"', `${live}/${name}.pem`)).trim()

// An authority asks for the sites first.
beforeAll(async () => {
  const { code, stdout, stderr } = await world.tenant(['provision', 'yourbrand'])
  if (code !== 0) throw new Error(`${stdout}${stderr}`)
})

/** What a visitor is shown. */
function served(domain: string): Promise<{ names: string; serial: string; issuer: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: world.host.resolve,
      port: world.host.https_port,
      servername: domain,
      rejectUnauthorized: false
    }
    const socket = connect({ ...options, ca: readFileSync(world.host.ca_file) }, () => {
      const { subjectaltname = '', serialNumber, issuer } = socket.getPeerCertificate()
      socket.destroy()
      resolve({ names: subjectaltname, serial: serialNumber, issuer: String(issuer.CN) })
    }).on('error', reject)
  })
}

/** Visitors see what the file holds. */
async function isServed(): Promise<void> {
  // nginx goes on with its old workers for a moment.
  const expected = await serial()
  await expect.poll(async () => (await served('www.yourbrand.test')).serial, { timeout: 20_000 }).toBe(expected)
  expect((await served('www.yourbrand.test')).issuer).toMatch(/^Pebble Intermediate CA/)
}

test('the link is gone: the placeholder serves, and then what was issued before', async () => {
  const before = await serial()
  await sh('rm "$1"', link)
  const absent = missing(crt, 'a certificate and its key')
  await mends({ certificate: absent, 'certificate.issued': absent })
  expect(await sh('readlink -- "$1"', link)).toBe(`${live}\n`)
  expect(await serial()).toBe(before)
  await isServed()
})

test('the link leads to the placeholder, as after a run that was cut off', async () => {
  const before = await serial()
  await sh('ln -sfn "$1" "$2"; kill -HUP "$(cat /run/nginx.pid)"', `${folder}/.placeholder/yourbrand`, link)
  await mends({ 'certificate.issued': drifted(['issuer', 'an authority', 'none, it is a placeholder']) })
  expect(await serial()).toBe(before)
  await isServed()
})

test('the link leads nowhere', async () => {
  await sh('ln -sfn /nowhere "$1"', link)
  const absent = missing(crt, 'a certificate and its key')
  await mends({ certificate: absent, 'certificate.issued': absent })
})

test('everything is gone: another one is issued', async () => {
  const before = await serial()
  await sh('rm -rf "$1" "$2/.placeholder" /etc/letsencrypt', link, folder)
  const absent = missing(crt, 'a certificate and its key')
  await mends({ certificate: absent, 'certificate.issued': absent })
  expect(await serial()).not.toBe(before)
  expect(await sh('stat -L -c "%U %a" "$1"', `${link}/privkey.pem`)).toBe('root 600\n')
  await isServed()
})

test('it runs out in ten days: it is renewed, and nginx shows the new one', async () => {
  const [old, key, chain] = [await newest('cert'), await newest('privkey'), await newest('fullchain')]
  await make(sh, chain, key, { names: names('yourbrand'), from: -80, until: 10 })
  await sh('cp -- "$1" "$2"; kill -HUP "$(cat /run/nginx.pid)"', chain, old)
  const before = await serial()
  await mends({ 'certificate.issued': drifted(untilWhen(10)) })
  expect(await serial()).not.toBe(before)
  expect(await newest('cert')).not.toBe(old)
  await isServed()
})

test('40 days are enough, in which certbot would not renew it either', async () => {
  const before = await serial()
  const kept = await sh('mktemp -d')
  await sh('cp -a "$1/." "$2/"', lineage, kept.trim())
  await make(sh, await newest('fullchain'), await newest('privkey'), {
    names: names('yourbrand'),
    from: -50,
    until: 40
  })
  expect(await off()).toEqual({})
  expect(await converge()).toEqual({})
  await sh('cp -a "$2/." "$1/"; rm -r "$2"', lineage, kept.trim())
  expect(await serial()).toBe(before)
})

test('one that signed itself in its place', async () => {
  const [old, key, chain] = [await newest('cert'), await newest('privkey'), await newest('fullchain')]
  await make(sh, chain, key, { names: names('yourbrand'), from: -80, until: 10, self: true })
  await sh('cp -- "$1" "$2"', chain, old)
  await mends({ 'certificate.issued': drifted(['issuer', 'an authority', 'itself'], untilWhen(10)) })
  await isServed()
})

test('an authority that can not be reached: it says so, and what serves goes on serving', async () => {
  const { host, tenant: manifest } = tenant.shipment
  await sh('ln -sfn "$1" "$2"; kill -HUP "$(cat /run/nginx.pid)"', `${folder}/.placeholder/yourbrand`, link)
  tenant.desire({
    host: { ...host, acme: { ...host.acme, directory: 'https://127.0.0.1:1/dir', config: '/tmp/acme' } }
  })
  try {
    expect(await failureOf(converge())).toMatchObject({
      kind: 'provision',
      message: 'could not have a certificate issued by https://127.0.0.1:1/dir (exit code 1)',
      where: `certificate.issued on ${tenant.remote.name}`,
      log: expect.stringContaining('127.0.0.1') as string
    })
    expect(await sh('readlink -- "$1"', link)).toBe(`${folder}/.placeholder/yourbrand\n`)
  } finally {
    await sh('rm -rf /tmp/acme')
    tenant.desire()
  }
  expect(manifest.tls).toBe('acme')
  await mends({ 'certificate.issued': drifted(['issuer', 'an authority', 'none, it is a placeholder']) })
})

test('the same clock as certbot: in time to renew, and not before', async () => {
  const { host, tenant: manifest } = tenant.shipment
  const verdictIn = async (days: number) => {
    const resource = issuedResource(host, manifest, () => Date.now() + days * DAY * 1000)
    const answers = await tenant.remote.gather(resource.requests, { as: 'root' })
    if (!answers.pair.ok) throw new Error(answers.pair.cause)
    return resource.compare({ pair: answers.pair.fact }).verdict
  }
  expect([await verdictIn(0), await verdictIn(59), await verdictIn(61)]).toEqual(['in-sync', 'in-sync', 'drifted'])
})

test('a new domain in the manifest: its site comes up, and the certificate is for it as well', async () => {
  const added = 'reservations.yourbrand.test'
  edit(
    world,
    'tenants/yourbrand/tenant.yml',
    'redirects: [book.yourbrand.test]',
    `redirects: [book.yourbrand.test, ${added}]`
  )
  try {
    tenant.desire()
    const before = (await served('www.yourbrand.test')).names
    expect(before).not.toContain(added)
    expect(await off()).toEqual({
      'certificate.issued': drifted(['names', `also ${added}`, before.replaceAll('DNS:', '')])
    })
    const { code, report } = await world.tenant(['provision', 'yourbrand', '--json'])
    expect(code).toBe(0)
    const changed = report.provision!.changes.map(({ address }) => address)
    expect(changed).toEqual(['app.site', 'certificate.issued'])
    expect(await off()).toEqual({})
    await isServed()
    expect((await served(added)).names).toContain(`DNS:${added}`)
    expect((await world.tenant(['provision', 'yourbrand', '--json'])).report.changed).toBe(false)
  } finally {
    restore(world)
    tenant.desire()
    expect((await world.tenant(['provision', 'yourbrand'])).code).toBe(0)
  }
})
