import { expect, test } from 'vitest'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import type { Review, ReviewedLane } from '../../../src/report/review-report.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { expectClosed } from './closed.ts'
import { hostileNames, sampleReport } from './sample.ts'

const lane = (changes: Partial<ReviewedLane> = {}): ReviewedLane => ({
  lane: 'app',
  verdict: 'same',
  parts: [],
  paths: null,
  morePaths: 0,
  ...changes
})
const review = (changes: Partial<Review> = {}): Review => ({
  pullRequest: 12,
  url: 'https://github.com/acme/tenants/pull/12',
  commit: '4f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
  lanes: [lane(), lane({ lane: 'marketing' })],
  unknown: null,
  ...changes
})
const summary = (changes: Partial<Review>) => renderMarkdown(sampleReport({ review: review(changes) }))
const link = '[#12](https://github.com/acme/tenants/pull/12)'

test.each<[string, Partial<Review>, string]>([
  ['all the same', {}, `✅ **Shipped what was reviewed in ${link}.**`],
  [
    'no pull request',
    { pullRequest: null, url: null, commit: null, lanes: [] },
    '➖ **This commit came without a pull request'
  ],
  ['no preview', { commit: null, lanes: [] }, `➖ **${link} has no preview that this could be compared with.**`],
  [
    'a lane without one',
    { lanes: [lane(), lane({ lane: 'marketing', verdict: 'unknown' })] },
    `➖ **${link} does not say what was reviewed of all that shipped.**\n\n- marketing: it was not previewed`
  ],
  [
    'no answer',
    { unknown: 'Bad credentials (HTTP 401)', lanes: [] },
    '➖ **Whether this was reviewed is not known: Bad credentials'
  ]
])('%s', (_what, changes, text) => {
  expect(summary(changes)).toContain(text)
})

test('names each part that differs, and why', () => {
  const lanes = [
    lane({
      verdict: 'differs',
      parts: ['files', 'site', 'host'],
      paths: ['apps/booking/page.tsx', 'a|b'],
      morePaths: 3
    }),
    lane({ lane: 'marketing', verdict: 'differs', parts: ['site'], paths: [] })
  ]
  const markdown = summary({ lanes })
  expect(markdown).toContain(`⚠️ **What shipped is not what was reviewed in ${link}.**`)
  expect(markdown).toContain('- app: the host changed since: something else was live than was compared with\n')
  expect(markdown).toContain(
    '- app: its files and its nginx site are not what was reviewed: other commits came between; changed since the reviewed commit <code>4f6a1c0de9b2</code>: <code>apps/booking/page.tsx</code>, <code>a&#124;b</code> and 3 more\n'
  )
  expect(markdown).toContain(
    '- marketing: its nginx site is not what was reviewed: no commit since the reviewed commit'
  )
  expectClosed(markdown)
})

test('says so where git can not tell what came between', () => {
  expect(summary({ lanes: [lane({ verdict: 'differs', parts: ['recipe'] })] })).toContain(
    'how it is built and started is not what was reviewed: what came between is not known, for the reviewed commit <code>4f6a1c0de9b2</code> is not in this checkout'
  )
})

test('stands on the terminal as well, and no name breaks out of it', () => {
  const lanes = [lane({ verdict: 'differs', parts: ['files'], paths: hostileNames })]
  const text = renderTerminal(sampleReport({ review: review({ lanes }) }), { color: false, width: 100 })
  expect(text).toContain('What shipped is not what was reviewed in #12.')
  expect(text.split('\n').filter((line) => line.startsWith('::'))).toEqual([])
  expectClosed(summary({ lanes }))
})
