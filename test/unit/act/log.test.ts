import { expect, test } from 'vitest'
import { readLog } from '../../act/log.ts'

const job = { job: 'deploy/plan   ', jobID: 'plan', level: 'info', msg: '' }
const read = (...lines: object[]) => readLog(lines.map((line) => JSON.stringify(line)).join('\n'), 'deploy')

test('what a job printed, told and handed out', () => {
  const [plan, ...others] = read(
    { level: 'info', msg: 'Start server on http://127.0.0.1:1' },
    { ...job, msg: 'hello\r\n', raw_output: true },
    { ...job, command: 'set-output', stepID: ['plan'], name: 'matrix', arg: '{}' },
    { ...job, command: 'set-output', stepID: ['1'], name: 'url', arg: 'https://a' },
    { ...job, command: 'summary', content: '# One\n' },
    { ...job, command: 'summary', content: '# Two\n' },
    { ...job, level: 'error', command: 'error', arg: 'two\nlines', kvPairs: { file: 'a.yml', line: '3' } },
    { ...job, command: 'notice', arg: 'by the way' },
    { ...job, jobResult: 'success' }
  )
  expect(others).toEqual([])
  expect(plan).toEqual({
    name: 'plan',
    id: 'plan',
    result: 'success',
    summary: '# One\n# Two\n',
    annotations: [
      { kind: 'error', message: 'two\nlines', at: { file: 'a.yml', line: '3' } },
      { kind: 'notice', message: 'by the way', at: {} }
    ],
    outputs: { matrix: '{}', url: 'https://a' },
    stepOutputs: { plan: { matrix: '{}' }, '1': { url: 'https://a' } },
    log: ['hello']
  })
})

test('in a matrix, only the job that failed has failed', () => {
  const ended = (name: string, jobResult: string) => ({ ...job, job: `deploy/${name}`, jobResult })
  const jobs = read(
    ended('a-1', 'success'),
    { ...job, job: 'deploy/a-2', level: 'error', msg: 'exit status 1' },
    ended('a-2', 'failure'),
    { ...job, job: 'deploy/a-3', level: 'error', command: 'error', arg: 'a mere annotation' },
    ended('a-3', 'failure')
  )
  expect(jobs.map(({ name, result }) => [name, result])).toEqual([
    ['a-1', 'success'],
    ['a-2', 'failure'],
    ['a-3', 'success']
  ])
  expect(jobs[1]!.log).toEqual(['exit status 1'])
})

test('lines that are no JSON, and jobs that only call others, are nothing', () => {
  const lines = ['Error: broken', JSON.stringify({ ...job, job: 'deploy/call', msg: 'matched' }), '']
  expect(readLog(lines.join('\n'), 'deploy')).toEqual([])
})
