import { afterAll, expect, test } from 'vitest'
import { checkCertificates, faultOf } from '../../../../src/doctor/public/certificates.ts'
import type { Presented } from '../../../../src/visitor/certificate.ts'
import { makeAuthority, type Pair } from '../../visitor/authority.ts'
import { domains, serve } from './acme.ts'

const authority = makeAuthority()
afterAll(() => authority[Symbol.dispose]())
const all = authority.issue(domains)

const day = 86_400_000
const now = Date.UTC(2026, 10, 23)
const good: Presented = {
  names: ['acme.example'],
  isForDomain: true,
  distrust: null,
  validFromMs: now - 60 * day,
  validToMs: now + 80 * day
}

test.each<[string, Partial<Presented>, string | null]>([
  ['good', {}, null],
  ['good for 21 days more', { validToMs: now + 21 * day }, null],
  ['good for 20 days more', { validToMs: now + 20 * day }, '20 days left, until 2026-12-13 00:00 UTC'],
  ['good for 40 hours more', { validToMs: now + 40 * 3_600_000 }, '40 hours left, until 2026-11-24 16:00 UTC'],
  ['short-lived by design', { validFromMs: now - 3 * day, validToMs: now + 3 * day }, null],
  [
    'short-lived, with an hour left',
    { validFromMs: now - 6 * day, validToMs: now + 3_600_000 },
    '1 hour left, until 2026-11-23 01:00 UTC'
  ],
  [
    'run out',
    { validToMs: now - 3 * day, distrust: 'CERT_HAS_EXPIRED' },
    'it ran out 3 days ago, at 2026-11-20 00:00 UTC'
  ],
  [
    'not valid yet',
    { validFromMs: now + 2 * day, distrust: 'CERT_NOT_YET_VALID' },
    'it is valid in 2 days, from 2026-11-25 00:00 UTC'
  ],
  ['signed by itself', { distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'it is signed by itself'],
  ['revoked', { distrust: 'CERT_REVOKED' }, 'CERT_REVOKED'],
  [
    'the wrong one in each way',
    { isForDomain: false, distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT', validToMs: 0 },
    'one for acme.example'
  ],
  ['for nobody', { isForDomain: false, names: [] }, 'one for no domain']
])('a certificate that is %s', (_, change, actual) => {
  expect(faultOf({ ...good, ...change }, now)?.actual ?? null).toBe(actual)
})

const shop = ['acme.example', 'www.acme.example']

test.each<[string, () => Record<string, Pair>, [string, string, string | RegExp][]]>([
  ['are good', () => ({}), []],
  ['are for all below a domain', () => ({ 'www.acme.example': authority.issue(['*.acme.example']) }), []],
  [
    'are for another domain',
    () => ({ 'www.acme.example': authority.issue(['localhost', 'evil.example']) }),
    [['www.acme.example', 'a certificate for this domain', 'one for localhost, evil.example']]
  ],
  [
    'ran out, and one of them is that of two domains',
    () => ({ 'www.acme.example': ranOut, 'acme.example': ranOut }),
    [['acme.example, www.acme.example', 'a valid certificate', /^it ran out \d+ (hours|days) ago/]]
  ],
  [
    'are signed by themselves',
    () => ({ 'acme.example': authority.selfSigned(shop) }),
    [['acme.example', 'a certificate of a trusted authority', 'it is signed by itself']]
  ]
])('certificates that %s', async (_, pairs, expected) => {
  const { visit } = await serve(authority, { all, ...pairs() })
  const { differences } = await checkCertificates(visit(), shop)
  expect(differences.map(({ attribute, expected }) => [attribute, expected])).toEqual(
    expected.map(([attribute, wanted]) => [attribute, wanted])
  )
  for (const [index, [, , actual]] of expected.entries()) expect(differences[index]!.actual).toMatch(actual)
})

const ranOut = authority.issue(shop, -1)

test('an authority that is not trusted', async () => {
  const { look, subject } = await serve(authority, { all })
  const host = { ...subject.host }
  delete host.ca_file
  const found = (await look({ host })).filter(({ verdict }) => verdict !== 'in-sync')
  expect(found.map(({ address, differences }) => [address, differences.map(({ actual }) => actual)])).toEqual([
    ['app.public.certificate', ['its authority is not known, or an intermediate certificate is missing']],
    ['marketing.public.certificate', ['its authority is not known, or an intermediate certificate is missing']]
  ])
})
