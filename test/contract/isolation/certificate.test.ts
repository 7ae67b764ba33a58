import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloned } from '../../world/cloned.ts'
import { failureOf } from '../failure.ts'
import { make, names, untilWhen, type Made } from './certificates.ts'
import { drifted, estate, missing, type Row } from './estate.ts'

const world = await cloned()
const tenant = estate(world, 'otherbrand')
const { sh, stays, off, converge } = tenant
const [crt, key] = ['/etc/ssl/tenants/otherbrand.crt', '/etc/ssl/tenants/otherbrand.key']
const remedy = {
  'certificate.issued': `put a certificate for ${names('otherbrand').join(', ')} at ${crt} with its key at ${key}`
}
const placeholder = drifted(['issuer', 'an authority', 'none, it is a placeholder'])
const both = () => sh('sha256sum "$1" "$2"; stat -c "%U %G %a %Y" "$1" "$2"', crt, key)

beforeAll(() => sh('cp -a "$1" "$1.aside"; cp -a "$2" "$2.aside"', crt, key))
const putBack = () =>
  sh('rm -f "$1" "$2"; cp -a "$1.aside" "$1"; cp -a "$2.aside" "$2"; kill -HUP "$(cat /run/nginx.pid)"', crt, key)

afterAll(async () => {
  await putBack()
  await sh('rm "$1.aside" "$2.aside"', crt, key)
})

/** Nothing is done about it, and neither file is touched. */
async function untouched(during: () => Promise<unknown>): Promise<void> {
  const before = await both()
  await during()
  expect(await both()).toBe(before)
  await putBack()
}

test('absent: a placeholder lets nginx come up, and a person is told to bring one', async () => {
  await sh('rm "$1" "$2"', crt, key)
  const absent = missing(crt, 'a certificate and its key')
  expect(await off()).toEqual({ certificate: absent, 'certificate.issued': absent })
  expect(Object.keys(await converge())).toEqual(['certificate'])
  expect(await sh('stat -c "%U %a" "$1" "$2"', crt, key)).toBe('root 644\nroot 600\n')
  await sh('nginx -t -q')
  await untouched(() => stays({ 'certificate.issued': placeholder }, remedy))
})

test('a run that was cut off after the key: it is for that key', async () => {
  await sh('rm "$1"', crt)
  const before = await sh('cat "$1"', key)
  expect(Object.keys(await converge())).toEqual(['certificate'])
  expect(await sh('cat "$1"', key)).toBe(before)
  await untouched(() => stays({ 'certificate.issued': placeholder }, remedy))
})

test('a certificate whose key is not there', async () => {
  await sh('rm "$1"', key)
  const absent = missing(crt, 'a certificate and its key')
  const before = await sh('cat "$1"', crt)
  await stays(
    { certificate: absent, 'certificate.issued': absent },
    {
      ...remedy,
      certificate: `put a certificate and the key that belongs to it at ${crt} and ${key}; what is there is not overwritten`
    }
  )
  expect(await sh('cat "$1"', crt)).toBe(before)
  await putBack()
})

test('a key of another certificate', async () => {
  await sh('openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1" 2>&1', key)
  await untouched(() =>
    stays(
      { certificate: drifted([key, "the certificate's own key", 'another key']) },
      { certificate: 'what is there is not overwritten' }
    )
  )
})

test.each([
  ['running out in 20 days', { from: -70, until: 20 }, [untilWhen(20)]],
  ['run out yesterday', { from: -91, until: -1 }, [untilWhen(-1)]],
  ['of few days, in the last third of them', { from: -5, until: 2 }, [untilWhen(2)]],
  [
    'for other names',
    { names: ['www.elsewhere.test', 'www.otherbrand.test'], until: 60 },
    [
      [
        'names',
        'also booking.otherbrand.test, book.otherbrand.test, otherbrand.test',
        'www.elsewhere.test, www.otherbrand.test'
      ]
    ]
  ],
  [
    'with a wildcard, which stands for one label',
    { names: ['*.otherbrand.test'], until: 60 },
    [['names', 'also otherbrand.test', '*.otherbrand.test']]
  ]
] as [string, Made, Row[]][])('%s is for a person', async (_, made, rows) => {
  await make(sh, crt, key, made)
  await untouched(() => stays({ 'certificate.issued': drifted(...rows) }, remedy))
})

test.each([
  ['22 days left', { from: -68, until: 22 }],
  ['of few days, in the first of them', { from: -1, until: 5 }],
  ["that an authority of the operator's own signed by itself", { until: 60, self: true }],
  ['with wildcards', { names: ['*.OTHERBRAND.test', 'otherbrand.test'], until: 60 }]
] as [string, Made][])('%s is good', async (_, made) => {
  await make(sh, crt, key, made)
  await untouched(async () => expect(await off()).toEqual({}))
})

test('what is no certificate can not be judged, and is not overwritten', async () => {
  await sh('echo nothing >"$1"', crt)
  const unknown = { unknown: `${crt} does not hold a certificate in PEM` }
  await untouched(async () => {
    expect(await off()).toEqual({ certificate: unknown, 'certificate.issued': unknown })
    expect(await failureOf(converge())).toMatchObject({
      kind: 'host-answer',
      message: `could not look at certificate: ${unknown.unknown}`
    })
  })
})
