import { expect, test } from 'vitest'
import { complaintLine } from '../../../src/tenant/complaint.ts'
import { readSource } from '../../../src/tenant/source.ts'
import { complaintsIn } from './manifest.ts'

const read = (text: string) => {
  const { data, complaints } = readSource('tenant.yml', text)
  return { data, lines: complaints.map(complaintLine) }
}

test('YAML and JSON become plain data', () => {
  expect(read('a: [1, x]\nb: {c: yes}\n').data).toEqual({ a: [1, 'x'], b: { c: 'yes' } })
  expect(read('{\n\t"a": [1, "x"],\n\t"b": null\n}\n').data).toEqual({ a: [1, 'x'], b: null })
  expect(read('a: 1\r\nb: 2\r\n').data).toEqual({ a: 1, b: 2 })
})

test.each([
  ['a: 1\nb: 2\na: 3\n', 'tenant.yml:3:1: a: is given twice, first in line 1'],
  ['a:\n  b: 1\n  b: 2\n', 'tenant.yml:3:3: a.b: is given twice, first in line 2'],
  ['a: &x 1\nb: 2\n', 'tenant.yml:1:7: a: uses a YAML anchor or alias'],
  ['a: !!js/function x\n', 'tenant.yml:1:4: carries a YAML tag'],
  ['a: !Secret x\n', 'tenant.yml:1:4: carries a YAML tag'],
  ['a:\n\tb: 1\n', 'tenant.yml:2:1: is indented with a tab'],
  ['a: 1\n---\nb: 2\n', 'tenant.yml:2:1: holds more than one YAML document'],
  ['a: "b\n', 'is not valid YAML'],
  ['a: b: c\n', 'tenant.yml:1:4: is not valid YAML here'],
  ['', 'tenant.yml:1:1: is empty'],
  ['# nothing\n', 'tenant.yml:1:1: is empty'],
  ['- a\n- b\n', 'tenant.yml:1:1: does not hold a map'],
  ['text', 'tenant.yml:1:1: does not hold a map'],
  ['a: 1\n? [x]\n: 1\n', 'has a key that is not a plain word'],
  ['1: x\n', 'tenant.yml:1:1: has a key that is not a plain word'],
  ['a: 1\n__proto__: {b: 1}\n', 'tenant.yml:2:1: has a key that is not a plain word'],
  [`${'['.repeat(20000)}`, 'is nested too deeply'],
  [`a: ${'['.repeat(40)}${']'.repeat(40)}`, 'is nested more than 16 levels deep']
])('%j is refused', (text, expected) => {
  const { data, lines } = read(text)
  expect(data).toBeUndefined()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain(expected)
})

test('an anchor and its alias are refused, each where it stands', () => {
  expect(read('a: &x [1]\nb: *x\n').lines).toEqual([
    expect.stringMatching(/^tenant\.yml:1:7: a: uses a YAML anchor or alias/),
    expect.stringMatching(/^tenant\.yml:2:4: b: uses a YAML anchor or alias/)
  ])
})

test('an alias bomb is refused before it grows', () => {
  const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 40 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)]
  const { data, lines } = read(bomb.join('\n'))
  expect(data).toBeUndefined()
  expect(lines.length).toBeGreaterThan(0)
})

const manifest = `# a comment
name: acme
host: web-1
tls: {certificate: /etc/a.crt, key: relative.key}
database:
  name: acme
  role: select
  password: ACME_DATABASE_PASSWORD
app:
  domain: Booking.acme.example
  source: apps/booking
  ports: [4101, 80]
  helth: /api/health
  env:
    PORT: "1"
    COUNT: 12
    ZIP:
  start: npm start
marketing:
  redirects:
    - acme.example
    - acme.example
  source:
    repository: acme/website
    branch: main
`

test('every complaint of a file comes at once, each where its value or key stands', () => {
  const places = complaintsIn(manifest).map((line) => line.split(': ', 2).join(' '))
  expect(places.toSorted()).toEqual(
    [
      'tenant.yml:4:37 tls.key',
      'tenant.yml:7:9 database.role',
      'tenant.yml:10:11 app.domain',
      'tenant.yml:12:17 app.ports[1]',
      'tenant.yml:13:3 app.helth',
      'tenant.yml:15:5 app.env.PORT',
      'tenant.yml:16:12 app.env.COUNT',
      'tenant.yml:17:5 app.env.ZIP',
      'tenant.yml:19:1 marketing.domain',
      'tenant.yml:22:7 marketing.redirects[1]',
      'tenant.yml:23:3 marketing.source.ref',
      'tenant.yml:25:5 marketing.source.branch'
    ].toSorted()
  )
})

test('each says what to write instead', () => {
  const lines = complaintsIn(manifest)
  const about = (path: string) => lines.find((line) => line.includes(`: ${path}: `))
  expect(about('app.helth')).toBe('tenant.yml:13:3: app.helth: unknown key `helth`: did you mean `health`?')
  expect(about('app.env.COUNT')).toContain('is a number, not text: put it in quotes')
  expect(about('app.env.ZIP')).toContain('is empty')
  expect(about('marketing.domain')).toContain('is missing: add `domain: booking.example.com`')
  expect(about('marketing.source.branch')).toContain('write one of repository, ref, token')
  expect(about('app.ports[1]')).toContain('write a whole number from 1024 to 65535')
  expect(about('app.domain')).toContain('"Booking.acme.example" is not a domain name: write lower-case letters')
})

test.each([
  ['app: {}\nmarketing: []\n', 'tenant.yml:2:12: marketing: is a list, not a map'],
  ['name: acme\nhost: web-1\n', 'tenant.yml:1:1: ships nothing'],
  ['app: {source: x}\n', 'app: has no database'],
  ['marketing: {widget: {file: a, to: b}}\n', 'marketing.widget: comes from an app, and there is none'],
  ['app: {ports: [4101]}\n', 'app.ports: has the wrong number of items: write a list, such as [4101, 4102]'],
  ['app: {ports: ["4101", 4102]}\n', 'app.ports[0]: is text, not a number: write it without quotes: 4101'],
  ['marketing: {source: 5}\n', 'marketing.source: is a number, not text or a map'],
  ['hostt: x\n', 'hostt: unknown key `hostt`: did you mean `host`?'],
  ['"a\\nb": x\n', 'unknown key "a\\nb"']
])('%j: %s', (text, expected) => {
  expect(complaintsIn(text).join('\n')).toContain(expected)
})
