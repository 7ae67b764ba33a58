import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { continuation, endedEarly, standsForAnother } from '../../act/continuation.ts'
import type { Job } from '../../act/log.ts'

const WORKFLOW = `name: deploy
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs: { matrix: '\${{ steps.plan.outputs.matrix }}' }
    steps: [{ id: plan, run: 'echo' }]
  canary:
    needs: plan
    name: canary (\${{ matrix.name }})
    uses: ./.github/workflows/one.yml
  rest:
    needs: [plan, canary]
    uses: ./.github/workflows/one.yml
  last:
    needs: [plan, canary, rest]
    if: always()
    runs-on: ubuntu-latest
    steps: [{ run: 'echo' }]
`
const job = (name: string, result: string, stepOutputs = {}): Job => ({
  name,
  id: name.split('/').at(-1)!,
  result,
  summary: '',
  annotations: [],
  outputs: {},
  stepOutputs,
  log: []
})
const plan = job('plan', 'success', { plan: { matrix: '{"a": "$HOME ${{ github.token }}\\n"}' } })

test('only a call that failed ends a run early', () => {
  expect(endedEarly([plan, job('last', 'failure')])).toBe(false)
  expect(endedEarly([plan, job('rest/one/last', 'success')])).toBe(false)
  expect(endedEarly([plan, job('rest/one/last', 'failure')])).toBe(true)
})

test('jobs that ran keep their results and outputs, the others stay as they are', () => {
  const text = continuation(WORKFLOW, [
    plan,
    job('canary (1)-1/one/a', 'success'),
    job('canary (2)-2/one/b', 'failure')
  ])
  const { jobs } = parse(text) as { jobs: Record<string, Record<string, unknown>> }
  const before = (parse(WORKFLOW) as { jobs: typeof jobs }).jobs
  expect([jobs['rest'], jobs['last']]).toEqual([before['rest'], before['last']])
  expect(jobs['canary']).toEqual({
    name: 'done: canary',
    if: 'always()',
    needs: 'plan',
    'runs-on': 'ubuntu-latest',
    steps: [{ run: 'exit 1' }]
  })
  expect(jobs['plan']).toMatchObject({ outputs: before['plan']!['outputs'], if: 'always()' })
  const [writing, end] = jobs['plan']!['steps'] as { id?: string; run: string }[]
  expect([writing!.id, end]).toEqual(['plan', { run: 'true' }])
  const [, encoded = ''] = /^echo (\S+) \| base64 -d/.exec(writing!.run)!
  const written = 'matrix<<end-of-value\n{"a": "$HOME ${{ github.token }}\\n"}\nend-of-value\n'
  expect(Buffer.from(encoded, 'base64').toString()).toBe(written)
  expect(standsForAnother(job('done: plan', 'success'))).toBe(true)
})

test('the job of a workflow that is called is not the job of the same name', () => {
  const { jobs } = parse(continuation(WORKFLOW, [job('rest/one/plan', 'success')])) as { jobs: Record<string, object> }
  expect(jobs['plan']).toEqual((parse(WORKFLOW) as { jobs: typeof jobs }).jobs['plan'])
  expect(jobs['rest']).toMatchObject({ name: 'done: rest', steps: [{ run: 'true' }] })
})
