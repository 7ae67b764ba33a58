import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { outputsOf } from '../../../src/github/outputs.ts'
import { section } from '../../docs/markdown.ts'
import { inputsTable, outputsTable } from '../../docs/readme-table.ts'
import { sampleReport } from '../report/sample.ts'

const root = new URL('../../../', import.meta.url)
const actionYml = readFileSync(new URL('action.yml', root), 'utf8')
const action = parse(actionYml)

it('names every output that is set', () => {
  expect(Object.keys(action.outputs)).toEqual(Object.keys(outputsOf(sampleReport())))
})

it('has no expression where the runner would try to evaluate one', () => {
  expect(actionYml).not.toContain('${{')
})

describe('the README', () => {
  it.each([
    ['inputs', inputsTable(actionYml)],
    ['outputs', outputsTable(actionYml)]
  ])('has the table of %s that action.yml gives', (name, table) => {
    const readme = readFileSync(new URL('README.md', root), 'utf8')
    expect(section(readme, name)).toBe(table)
  })
})
