import { expect, test } from 'vitest'
import type { CertificateFact, FileFact } from '../../../../src/facts/facts.ts'
import { certificateResource } from '../../../../src/resources/isolation/certificate.ts'
import { issuedResource } from '../../../../src/resources/isolation/issued.ts'
import { tenantSchema } from '../../../../src/tenant/schema.ts'
import { tenantWith } from '../../tenant/manifest.ts'
import { absent, host, tenant as brought } from '../acme.ts'
import { scripts, told, whats } from './told.ts'

const issued = tenantSchema.parse(tenantWith(['tls'], 'acme'))
const domains = ['booking.acme.example', 'book.acme.example', 'www.acme.example', 'acme.example']
const day = 86_400_000
const now = Date.UTC(2026, 10, 23)
const there: FileFact = { exists: true }

const pair = (more: Partial<CertificateFact> = {}): CertificateFact => ({
  exists: true,
  names: domains,
  issuer: 'CN=R12',
  selfSigned: false,
  validFromMs: now - 10 * day,
  validToMs: now + 80 * day,
  keyMatches: true,
  ...more
})

test.each<[string, CertificateFact, FileFact, string, string[], string[]]>([
  ['a pair', pair(), there, 'in-sync', [], []],
  ['a pair that has run out', pair({ validToMs: 0 }), there, 'in-sync', [], []],
  [
    'none',
    { exists: false },
    absent,
    'missing',
    ['root: make a placeholder certificate /etc/ssl/tenants/acme.crt'],
    [
      'root: make a placeholder certificate /etc/tenant-deploy/certificates/.placeholder/acme/fullchain.pem',
      'root: let nginx use the placeholder'
    ]
  ],
  [
    'a certificate without a key',
    { exists: false },
    there,
    'missing',
    [],
    [
      'root: make a placeholder certificate /etc/tenant-deploy/certificates/.placeholder/acme/fullchain.pem',
      'root: let nginx use the placeholder'
    ]
  ]
])('certificate: %s', (_, fact, certificate, verdict, ofFiles, ofAcme) => {
  for (const [tenant, changes] of [
    [brought, ofFiles],
    [issued, ofAcme]
  ] as const) {
    const resource = certificateResource(host, tenant)
    const facts = { pair: fact, certificate, key: absent }
    expect(resource.compare(facts).verdict).toBe(verdict)
    if (verdict !== 'in-sync') expect(whats(resource.changes(facts))).toEqual(changes)
  }
})

const placeholder = { issuer: 'CN=placeholder of tenant-deploy', selfSigned: true }
const none = 'drifted | issuer an authority <- none, it is a placeholder'

test.each<[string, CertificateFact, string, string]>([
  ['a good one', pair(), 'in-sync', 'in-sync'],
  ['none', { exists: false }, 'missing', 'missing'],
  ['our placeholder', pair(placeholder), none, none],
  ["the operator's own", pair({ selfSigned: true }), 'in-sync', 'drifted | issuer an authority <- itself'],
  ['a wildcard', pair({ names: ['acme.example', '*.acme.example'] }), 'in-sync', 'in-sync'],
  [
    'a wildcard for other labels',
    pair({ names: ['*.example', ...domains.slice(1)] }),
    `drifted | names also booking.acme.example <- *.example, ${domains.slice(1).join(', ')}`,
    `drifted | names also booking.acme.example <- *.example, ${domains.slice(1).join(', ')}`
  ],
  [
    'four weeks left',
    pair({ validFromMs: now - 62 * day, validToMs: now + 28 * day }),
    'in-sync',
    'drifted | valid for some weeks to come <- until 2026-12-21T00:00:00.000Z'
  ],
  [
    'two weeks left',
    pair({ validFromMs: now - 76 * day, validToMs: now + 14 * day }),
    'drifted | valid for some weeks to come <- until 2026-12-07T00:00:00.000Z',
    'drifted | valid for some weeks to come <- until 2026-12-07T00:00:00.000Z'
  ],
  ['one for six days, new', pair({ validFromMs: now - day, validToMs: now + 5 * day }), 'in-sync', 'in-sync']
])('issued: %s', (_, fact, ofFiles, ofAcme) => {
  const verdict = (tenant: typeof brought) => told(issuedResource(host, tenant, () => now).compare({ pair: fact }))
  expect(verdict(brought).startsWith('missing') ? 'missing' : verdict(brought)).toBe(ofFiles)
  expect(verdict(issued).startsWith('missing') ? 'missing' : verdict(issued)).toBe(ofAcme)
})

test('certbot is asked for all domains, and keeps the answer under its own name', () => {
  const changes = issuedResource(host, issued).changes({ pair: pair(placeholder) })
  expect(whats(changes)).toEqual([
    'root: have a certificate issued by https://acme-v02.api.letsencrypt.org/directory',
    'root: let nginx use the certificate that was issued'
  ])
  for (const domain of domains) expect(scripts(changes)).toContain(`'-d' '${domain}'`)
  expect(scripts(changes)).toContain("'--cert-name' 'tenant-acme'")
  expect(scripts(changes)).toContain("'/etc/letsencrypt/live/tenant-acme'")
})

test('what a person brings is left to the person', () => {
  const resource = issuedResource(host, brought)
  expect(resource.changes({ pair: pair(placeholder) })).toEqual([])
  expect(resource.remedy).toContain('/etc/ssl/tenants/acme.crt')
})
