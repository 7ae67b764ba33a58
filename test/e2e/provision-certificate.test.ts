import { X509Certificate } from 'node:crypto'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { edit } from '../world/on-host.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const DOMAINS = ['booking.harbour.test', 'book.harbour.test', 'www.harbour.test', 'harbour.test']
const HOST_FILE = 'tenants/hosts/sandbox.yml'
const hostFile = world.repository.read(HOST_FILE)
const LIVE = '/etc/letsencrypt/live/tenant-harbour'
let tenant: FreshTenant

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
})

afterEach(() => world.repository.write(HOST_FILE, hostFile))
afterAll(() => tenant.forget())

/** What nginx shows to whoever asks for a domain, whether or not they would trust it. */
function shown(domain: string): Promise<X509Certificate> {
  return new Promise((resolve, reject) => {
    const asked = connect({
      host: world.host.resolve,
      port: world.host.https_port,
      servername: domain,
      rejectUnauthorized: false
    })
    asked.once('secureConnect', () => {
      resolve(asked.getPeerX509Certificate()!)
      asked.destroy()
    })
    asked.once('error', reject)
  })
}

/** The authority is looked for at an address at which none is. */
function withoutAuthority(): void {
  const acme = `acme: { directory: 'https://127.0.0.1:9/dir', ca_file: ${world.host.acme.ca_file} }`
  world.repository.write(HOST_FILE, `${hostFile}${acme}\n`)
}

describe('while the authority is down', () => {
  test('a new tenant comes up with a placeholder, and a warning says why', async () => {
    withoutAuthority()
    const ran = await tenant.provision()
    expect(ran.code, ran.stdout + ran.stderr).toBe(1)
    const { warnings, findings, failure, steps } = ran.report.provision!
    expect(failure).toBeNull()
    expect(steps.at(-1)).toMatchObject({ name: 'certificate.issued', outcome: 'failed' })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('could not have a certificate issued by https://127.0.0.1:9/dir')
    expect(warnings[0]).toMatch(/refused/)
    expect(findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([
      {
        address: 'certificate.issued',
        verdict: 'drifted',
        differences: [{ attribute: 'issuer', expected: 'an authority', actual: 'none, it is a placeholder' }]
      }
    ])
    for (const domain of DOMAINS) {
      const { subject, checkHost } = await shown(domain).then((it) => ({
        subject: it.subject,
        checkHost: it.checkHost(domain)
      }))
      expect({ subject, checkHost }).toEqual({ subject: 'CN=placeholder of tenant-deploy', checkHost: domain })
    }
  })

  test('a deploy ships all the same', async () => {
    withoutAuthority()
    const ran = await tenant.deploy()
    expect(ran.code, ran.stdout + ran.stderr).toBe(1)
    expect(ran.report).toMatchObject({ outcome: 'changed', failure: null })
    for (const lane of ran.report.lanes) expect(lane).toMatchObject({ changed: true, failure: null })
  })

  test('a person sees it without --json', async () => {
    withoutAuthority()
    const { code, stdout, stderr } = await world.tenant(['provision', 'harbour'])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('could not have a certificate issued')
  })
})

test('the next run with the authority back gets a certificate that visitors trust, for every domain', async () => {
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.changes.map(({ address }) => address)).toEqual(['certificate.issued'])
  expect(ran.report.provision!.warnings).toEqual([])
  for (const domain of DOMAINS) {
    // It would throw for a certificate that the authority did not sign, or that is for other domains.
    const { status } = await world.visit(world.url(domain))
    expect({ domain, status }).toEqual({ domain, status: DOMAINS.indexOf(domain) % 2 === 0 ? 200 : 301 })
    expect((await shown(domain)).issuer).toMatch(/Pebble/)
  }
  expect((await tenant.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})

test('a domain that is new is on the certificate after the next run', async () => {
  edit(world, tenant.file, '[harbour.test]', '[harbour.test, shop.harbour.test]')
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(await world.visit(world.url('shop.harbour.test'))).toMatchObject({
    status: 301,
    headers: { location: world.url('www.harbour.test') }
  })
})

/** An authority that visitors of the sandbox trust as well signs for the same key: 80 days ago, for 90 days. */
const RUNS_OUT = `ca=/etc/ssl/tenant-sandbox at=$(mktemp -d); cd "$at"; : >index; echo 07 >serial
names=$(openssl x509 -in "$1/cert.pem" -noout -ext subjectAltName | tail -n 1)
printf '[ca]\\ndefault_ca=it\\n[it]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=any\\n' >config
printf '[any]\\ncommonName=supplied\\n[names]\\nsubjectAltName=%s\\n' "$names" >>config
openssl req -new -key "$1/privkey.pem" -subj /CN=harbour.test -out request
from=$(date -u -d '80 days ago' +%Y%m%d%H%M%SZ) until=$(date -u -d '10 days' +%Y%m%d%H%M%SZ)
openssl ca -batch -notext -config config -extensions names -cert "$ca/ca.pem" -keyfile "$ca/ca.key" \
  -startdate "$from" -enddate "$until" -in request -out short.pem
for name in cert fullchain; do cat short.pem >"$(readlink -f "$1/$name.pem")"; done
rm -r "$at"; nginx -s reload`

test('one that is about to run out is renewed', async () => {
  await tenant.must(['sh', '-ec', RUNS_OUT, 'sh', LIVE])
  await expect.poll(async () => (await shown('harbour.test')).serialNumber).toBe('07')
  const dry = await tenant.provision('--dry-run')
  expect(dry.report.provision!.changes).toMatchObject([
    { address: 'certificate.issued', differences: [{ attribute: 'valid', expected: 'for some weeks to come' }] }
  ])
  const ran = await tenant.deploy('marketing')
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  const { validTo, issuer } = await shown('harbour.test')
  expect(Date.parse(validTo) - Date.now()).toBeGreaterThan(60 * 86_400_000)
  expect(issuer).toMatch(/Pebble/)
  expect((await tenant.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})

test('what certbot’s own timer would run renews it too, and nginx serves the new one', async () => {
  const { serialNumber } = await shown('harbour.test')
  const { ca_file } = world.host.acme
  const renew = ['certbot', 'renew', '--cert-name', 'tenant-harbour', '--force-renewal', '--no-random-sleep-on-renew']
  await tenant.must(['env', `REQUESTS_CA_BUNDLE=${ca_file}`, ...renew])
  await expect.poll(async () => (await shown('harbour.test')).serialNumber).not.toBe(serialNumber)
  expect((await tenant.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})

test('certbot ended in the middle of its work is finished by the next run', async () => {
  await tenant.remove()
  const run = tenant.start('provision', 'harbour')
  const { code } = await world.exec([
    ...[
      'sh',
      '-c',
      'until pid=$(pgrep -f "^/usr/bin/python3 .*certbot certonly"); do sleep 0.05; done; sleep 0.8; kill -KILL $pid'
    ]
  ])
  expect(code).toBe(0)
  const ran = await run.done
  expect(ran.code, ran.stdout + ran.stderr).toBe(1)
  expect(ran.report.provision!.warnings).toHaveLength(1)
  const next = await tenant.provision()
  expect(next.code, next.stdout + next.stderr).toBe(0)
  for (const domain of DOMAINS) expect((await shown(domain)).issuer).toMatch(/Pebble/)
  expect((await tenant.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})
