import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import { truthy } from '@actions/expressions/result'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { workflows } from './judges.ts'

interface Job {
  if: string
  strategy: { 'fail-fast': string }
}

const read = (name: string) => parse(new Map(workflows).get(name)!) as unknown
const { jobs } = read('deploy.yml') as { jobs: Record<'canary' | 'rest' | 'faulty', Job> }

type Result = 'success' | 'failure' | 'skipped' | 'cancelled'
const some = JSON.stringify({ include: [{ name: '1 of 1', jobs: { include: [] } }] })
const none = JSON.stringify({ include: [] })

/** What GitHub makes of an expression of the workflow, by its own evaluator. */
function evaluated(expression: string, needs: object, cancelled = false): boolean {
  const text = expression.replace(/^\$\{\{|\}\}$/g, '').trim()
  const functions = [{ name: 'cancelled', minArgs: 0, maxArgs: 0 }]
  const tree = new Parser(new Lexer(text).lex().tokens, ['needs'], functions).parse()
  const context = JSON.parse(JSON.stringify({ needs }), data.reviver) as data.Dictionary
  const call = { ...functions[0]!, call: () => new data.BooleanData(cancelled) }
  return truthy(new Evaluator(tree, context, new Map([['cancelled', call]])).evaluate())
}

const after = (plan: object, canary: Result, rest: Result = 'success') => ({
  plan: { result: 'success', outputs: { canary: none, rest: none, faulty: none, failures: '1', ...plan } },
  canary: { result: canary },
  rest: { result: rest }
})

describe('deploy.yml', () => {
  it('begins with the canaries, where there are any', () => {
    expect(evaluated(jobs.canary.if, after({ canary: some }, 'success'))).toBe(true)
    expect(evaluated(jobs.canary.if, after({}, 'success'))).toBe(false)
  })

  it.each<[Result, boolean]>([
    ['success', true],
    ['skipped', true],
    ['failure', false],
    ['cancelled', false]
  ])('after canaries with the result %s, the others go: %s', (canary, goes) => {
    expect(evaluated(jobs.rest.if, after({ rest: some }, canary))).toBe(goes)
  })

  it('has no call for the others where there are none, where the plan failed, and where somebody cancelled', () => {
    expect(evaluated(jobs.rest.if, after({}, 'success'))).toBe(false)
    expect(
      evaluated(jobs.rest.if, { ...after({ rest: some }, 'skipped'), plan: { result: 'failure', outputs: {} } })
    ).toBe(false)
    expect(evaluated(jobs.rest.if, after({ rest: some }, 'success'), true)).toBe(false)
  })

  it.each<Result>(['success', 'failure', 'skipped'])('has those with faults fail last, the others being %s', (rest) => {
    expect(evaluated(jobs.faulty.if, after({ faulty: some }, 'skipped', rest))).toBe(true)
  })

  it.each([
    ['1', true],
    ['3', false]
  ])('with %s failures allowed, one failed call stops those after it: %s', (failures, stops) => {
    expect(evaluated(jobs.rest.strategy['fail-fast'], after({ failures }, 'success'))).toBe(stops)
  })
})

it('deploy-tenants.yml may read what a deploy asks GitHub for: how many failed, and what was reviewed', () => {
  const { jobs } = read('deploy-tenants.yml') as { jobs: { deploy: { permissions: object } } }
  const asked = ['contents', 'actions', 'checks', 'pull-requests']
  expect(jobs.deploy.permissions).toEqual(Object.fromEntries(asked.map((what) => [what, 'read'])))
})
