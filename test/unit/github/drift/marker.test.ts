import { expect, test } from 'vitest'
import { markerLines, readMarker } from '../../../../src/github/drift/marker.ts'
import type { Note } from '../../../../src/github/drift/marker.ts'
import { knownIssue } from '../../../../src/github/drift/tracker.ts'

const note: Note = {
  since: '2026-11-26T02:00:00.000Z',
  print: '0123456789abcdef',
  total: 1,
  found: [['app.environment --> <b>', '01234567']],
  before: 12
}
const yourbrand = { kind: 'tenant', name: 'yourbrand' } as const

const encoded = (value: unknown) =>
  `<!-- tenant-deploy drift tenant=yourbrand -->\n<!-- tenant-deploy note ${Buffer.from(JSON.stringify(value)).toString('base64url')} -->`

test.each([
  ['drift', yourbrand],
  ['unreachable', { kind: 'host', name: 'web-1' }]
] as const)('what is written is read: %s, %j', (topic, subject) => {
  const lines = markerLines(topic, subject, note)
  expect(lines).not.toMatch(/-->.|<b>/)
  expect(readMarker(`${lines}\n\ntext`)).toEqual({ topic, subject, note })
  expect(readMarker(`${lines}\n\ntext`.replaceAll('\n', '\r\n'))).toEqual({ topic, subject, note })
})

test.each([
  '',
  'text',
  '<!-- tenant-deploy drift tenant=yourbrand',
  '<!-- tenant-deploy drift tenant= -->',
  '<!-- tenant-deploy drift tenant=Your_Brand -->',
  '<!-- tenant-deploy drift tenant=a--b -->',
  '<!-- tenant-deploy drift tenant=a tenant=b -->',
  '<!-- tenant-deploy drift lane=app -->',
  '<!-- tenant-deploy other tenant=yourbrand -->',
  '<!--tenant-deploy drift tenant=yourbrand-->',
  ' <!-- tenant-deploy drift tenant=yourbrand -->',
  '<!-- tenant-deploy drift tenant=yourbrand --> <b>',
  '> <!-- tenant-deploy drift tenant=yourbrand -->',
  'text\n<!-- tenant-deploy drift tenant=yourbrand -->'
])('%j is no marker', (body) => expect(readMarker(body)).toBeNull())

test.each([
  '<!-- tenant-deploy drift tenant=yourbrand -->',
  '<!-- tenant-deploy drift tenant=yourbrand -->\n<!-- tenant-deploy note !! -->',
  '<!-- tenant-deploy drift tenant=yourbrand -->\n<!-- tenant-deploy note eyJ -->',
  encoded(null),
  encoded({ ...note, since: 'yesterday' }),
  encoded({ ...note, print: 'x' }),
  encoded({ ...note, found: [['a', 'b', 'c']] }),
  encoded({ ...note, more: 1 })
])('%j has a marker, and no note', (body) => {
  expect(readMarker(body)).toEqual({ topic: 'drift', subject: yourbrand, note: null })
})

test('a note of thousands is cut, and says how many there were', () => {
  const found = Array.from({ length: 4000 }, (_, at): Note['found'][number] => [`app.files/${at}`, '01234567'])
  const lines = markerLines('drift', yourbrand, { ...note, total: 4000, found })
  expect(lines.length).toBeLessThan(12_500)
  const read = readMarker(lines)?.note
  expect(read?.total).toBe(4000)
  expect(read?.found.length).toBeGreaterThan(100)
})

test('a name that can’t be one is refused', () => {
  expect(() => markerLines('drift', { kind: 'tenant', name: 'a -->' }, note)).toThrow(/can't have the name/)
})

const answer = {
  number: 7,
  html_url: 'https://github.com/acme/tenants/issues/7',
  state: 'open',
  closed_at: null,
  created_at: '2026-11-26T02:00:00Z',
  user: { type: 'Bot' },
  author_association: 'NONE' as const,
  body: markerLines('drift', yourbrand, note)
}

test('an issue on GitHub is known by its marker', () => {
  expect(knownIssue(answer, 'drift')).toMatchObject({ key: 'tenant:yourbrand', issue: { number: 7, open: true, note } })
})

test.each(['OWNER', 'MEMBER', 'COLLABORATOR'] as const)(
  'one that the %s of a token wrote is known as well',
  (association) => {
    const written = { ...answer, user: { type: 'User' }, author_association: association }
    expect(knownIssue(written, 'drift')).not.toBeNull()
  }
)

test.each([
  ['what an outsider wrote', { ...answer, user: { type: 'User' } }],
  ['what an account wrote that is gone', { ...answer, user: null }],
  ['a pull request', { ...answer, pull_request: {} }],
  ['an issue on another topic', { ...answer, body: markerLines('unreachable', yourbrand, note) }],
  ['an issue without a text', { ...answer, body: null }],
  ['what a person wrote', { ...answer, body: 'The label says it.' }]
])('%s is not ours', (_, other) => expect(knownIssue(other, 'drift')).toBeNull())
