import { describe, expect, test } from 'vitest'
import { answerText } from '../../../../src/github/commands/respond.ts'
import { shortened } from '../../../../src/github/commands/shortened.ts'
import { details, table } from '../../../../src/report/markdown-parts.ts'
import { fenced } from '../../../../src/report/escape.ts'

const lines = Array.from({ length: 100 }, (_, at) => `line ${at} ${'x'.repeat(40)}`)

test('what fits stays as it is', () => {
  expect(shortened('a\n\nb\n', 5)).toBe('a\n\nb\n')
})

describe.each([
  ['text', lines.join('\n')],
  ['a fence', fenced(lines, 'diff')],
  ['a fence with fences inside', fenced(['```', ...lines, '```'])],
  ['a fold', details('title', lines.join('\n'))],
  ['a fold with a fence', details('title', fenced(lines))],
  ['folds in folds', details('a', details('b', details('c', fenced([...lines, '<details>']))))],
  [
    'a table',
    table(
      ['a', 'b'],
      lines.map((line) => [line, line])
    )
  ]
])('%s', (_, markdown) => {
  test.each([400, 1000, 2500, 4000])('in %i bytes', (bytes) => {
    const text = shortened(markdown, bytes)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
    expect(text).toMatch(/\n_\d+ lines? left out: it would have been too long\._$/)
    const outside = text.replaceAll(/^(`{3,})\w*\n[^]*?^\1$/gm, '')
    expect(outside).not.toContain('```')
    expect(outside.split('<details').length).toBe(outside.split('</details>').length)
  })
})

test('an answer never begins with what somebody else wrote', () => {
  const taken = {
    command: 'deploy' as const,
    lane: 'app' as const,
    tenant: 'yourbrand',
    host: null,
    owner: 'acme',
    repo: 'tenants',
    issue: 1,
    comment: 7,
    by: 'octocat',
    warnings: []
  }
  expect(answerText(taken, true, '/tenant deploy')).toBe(
    '✅ <code>/tenant deploy app</code>, asked for by <code>octocat</code>: done\n\n/tenant deploy\n'
  )
})
