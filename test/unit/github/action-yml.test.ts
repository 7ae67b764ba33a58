import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { COMMENT_OUTPUTS } from '../../../src/github/comment.ts'
import { doctorOutputs, outputsOf } from '../../../src/github/outputs.ts'
import { PLAN_OUTPUTS } from '../../../src/github/plan.ts'
import { section } from '../../docs/markdown.ts'
import { inputsTable, outputsTable } from '../../docs/readme-table.ts'
import { sampleDoctor } from '../report/doctor-sample.ts'
import { sampleReport } from '../report/sample.ts'

const root = new URL('../../../', import.meta.url)
const actionYml = readFileSync(new URL('action.yml', root), 'utf8')
const action = parse(actionYml)

it('names every output that is set', () => {
  const ofRuns = [...Object.keys(outputsOf(sampleReport())), ...Object.keys(doctorOutputs(sampleDoctor()))]
  const ofOthers = ['matrix', ...COMMENT_OUTPUTS, ...PLAN_OUTPUTS, 'preview', 'comment']
  expect(Object.keys(action.outputs)).toEqual([...new Set([...ofRuns, ...ofOthers])])
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
