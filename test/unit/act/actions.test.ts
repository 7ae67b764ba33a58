import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { actionWords } from '../../act/actions.ts'

const folder = mkdtempSync(join(tmpdir(), 'act-actions-'))
afterAll(() => rmSync(folder, { recursive: true }))

const uses = (...steps: string[]) => ({
  'x.yml': `jobs:\n  a:\n    steps:\n${steps.map((step) => `      - uses: ${step}\n`).join('')}`
})

test('each action of others is replaced, at the commit that is pinned', () => {
  const workflow = uses('actions/cache/save@0123', 'actions/cache/restore@0123', './', 'docker://alpine', 'acme/t@v1')
  expect(actionWords(workflow, folder, { 'acme/t@v1': '/there' })).toEqual([
    '--local-repository=acme/t@v1=/there',
    `--local-repository=actions/cache@0123=${folder}/cache`
  ])
})

test.each([
  ['other/action@v1', 'x.yml uses other/action@v1, of which test/act/actions has no stand-in'],
  ['actions/setup-node@v5', 'x.yml uses actions/setup-node@v5, of which test/act/actions has no stand-in'],
  ['actions/checkout@v5\n        with: { lfs: true }', 'x.yml: the stand-in of actions/checkout@v5 does not know lfs']
])('%s cannot be replaced', (step, message) => {
  expect(() => actionWords(uses(step), folder)).toThrow(message)
})
