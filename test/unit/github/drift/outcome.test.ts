import { expect, test } from 'vitest'
import { outcomeAbout, outcomesBlock } from '../../../../src/github/drift/outcome.ts'

test('the outcomes are a table of the job summary', () => {
  const block = outcomesBlock([
    {
      ...outcomeAbout('drift', { kind: 'tenant', name: 'yourbrand' }, 'web-1'),
      action: 'created',
      number: 7,
      url: 'https://github.com/acme/tenants/issues/7',
      warnings: ['nobody could not be assigned: @all | no']
    },
    {
      ...outcomeAbout('unreachable', { kind: 'host', name: 'web-1' }, 'web-1'),
      action: 'failed',
      note: 'Bad Gateway (HTTP 502)'
    }
  ])
  expect(block).toContain(
    '| [#7](https://github.com/acme/tenants/issues/7) | drift: <code>yourbrand</code> | 🆕 created |'
  )
  expect(block).toContain('|  | unreachable: <code>host web-1</code> | ❌ failed | Bad Gateway')
  expect(block).not.toMatch(/@all|all \| no/)
})

test('nothing is nothing', () => expect(outcomesBlock([])).toBe(''))
