import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { isPreviewComment, markerLines, readState, type ReviewedState } from '../../../../src/github/preview/marker.ts'
import { aFingerprint, manyTenants } from './sample.ts'

const state: ReviewedState = {
  version: 1,
  commit: '4f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
  tenants: { yourbrand: { app: aFingerprint(1), marketing: { ...aFingerprint(2), host: null } } }
}

test('what is written is read back', () => {
  const lines = markerLines(state)
  expect(lines.split('\n')).toHaveLength(2)
  expect(readState(`${lines}\n\n## What would ship`)).toEqual(state)
  expect(readState(`${lines.replaceAll('\n', '\r\n')}\r\n\r\n## What would ship`)).toEqual(state)
})

test('it never shows: each line is one closed HTML comment', () => {
  for (const line of markerLines(state).split('\n')) {
    expect(line).toMatch(/^<!-- [\w -]+ -->$/)
    expect(line.indexOf('-->')).toBe(line.length - 3)
  }
})

test('only a first line of its own makes a comment ours', () => {
  const lines = markerLines(state)
  expect(isPreviewComment(lines)).toBe(true)
  expect(isPreviewComment(`> ${lines}`)).toBe(false)
  expect(isPreviewComment(`hello\n${lines}`)).toBe(false)
  expect(readState(`hello\n${lines}`)).toBeNull()
})

const packed = (value: unknown) =>
  `<!-- tenant-deploy preview -->\n<!-- tenant-deploy reviewed ${deflateRawSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')} -->`

test.each([
  ['nothing behind it', '<!-- tenant-deploy preview -->'],
  ['what is not packed', '<!-- tenant-deploy preview -->\n<!-- tenant-deploy reviewed AAAA -->'],
  ['what is not JSON', packed('{')],
  ['another version', packed({ version: 2, commit: null, tenants: {} })],
  ['a commit that is none', packed({ version: 1, commit: '--upload-pack=x', tenants: {} })],
  ['a hash that is none', packed({ version: 1, commit: null, tenants: { a: { app: 'x'.repeat(72) } } })],
  ['more than anybody has', packed('x'.repeat(3 * 1024 * 1024))]
])('of one that somebody has edited nothing is known: %s', (_what, body) => {
  expect(readState(body)).toBeNull()
})

test('200 tenants fit, and of more the comment tells of the first', () => {
  const of = (count: number): ReviewedState => ({ ...state, tenants: manyTenants(count) })
  expect(readState(markerLines(of(200)))).toEqual(of(200))
  const lines = markerLines(of(1000))
  expect(Buffer.byteLength(lines)).toBeLessThan(30_000)
  expect(Object.keys(readState(lines)!.tenants).length).toBeGreaterThan(200)
})
