import { expect, test } from 'vitest'
import { Recorder } from '../../../src/deploy/recorder.ts'
import { TenantError } from '../../../src/errors.ts'
import type { Progress } from '../../../src/report/report.ts'
import { rejectionOf } from '../thrown.ts'

function start(signal = new AbortController().signal) {
  const told: Progress[] = []
  return { told, recorder: new Recorder('app', 'https://a.example/', (progress) => void told.push(progress), signal) }
}

const steps = (recorder: Recorder) => recorder.report.steps.map(({ name, outcome, note }) => ({ name, outcome, note }))

test('each step is told when it begins and ends, and is kept with its outcome', async () => {
  const { told, recorder } = start()
  expect(await recorder.step('source', async (note) => (note('3 files'), 7))).toBe(7)
  await recorder.step('sync', async (note) => note('nothing differs', 'unchanged'))
  recorder.skip('install', 'the lockfile is the same')
  recorder.skip('publish', 'nothing differs', 'unchanged')
  expect(steps(recorder)).toEqual([
    { name: 'source', outcome: 'done', note: '3 files' },
    { name: 'sync', outcome: 'unchanged', note: 'nothing differs' },
    { name: 'install', outcome: 'skipped', note: 'the lockfile is the same' },
    { name: 'publish', outcome: 'unchanged', note: 'nothing differs' }
  ])
  expect(recorder.report.steps.every(({ ms }) => Number.isInteger(ms) && ms >= 0)).toBe(true)
  expect(told.map((progress) => progress.kind)).toEqual([
    'lane',
    'step-start',
    'step-end',
    'step-start',
    'step-end',
    'step-end',
    'step-end'
  ])
})

test('a step that fails is kept, and its error ends the lane', async () => {
  const { recorder } = start()
  const error = new TenantError('build', 'the build failed', { where: 'a host', remedy: 'look', log: 'line 1\nline 2' })
  const failing = recorder.step('build', async (note) => {
    note('half done', 'done')
    throw error
  })
  expect(await rejectionOf(failing)).toBe(error)
  expect(steps(recorder)).toEqual([{ name: 'build', outcome: 'failed', note: 'half done' }])
  expect(recorder.fail(error).failure).toEqual({
    step: 'build',
    kind: 'build',
    message: 'the build failed',
    where: 'a host',
    remedy: 'look',
    log: 'line 1\nline 2'
  })
  expect(recorder.error).toBe(error)
})

test('what nobody foresaw becomes an internal error with a remedy, and no empty fields', () => {
  const { recorder } = start()
  recorder.fail(new TypeError('x is undefined'))
  expect(recorder.report.failure).toMatchObject({ step: 'prepare', kind: 'internal', message: 'x is undefined' })
  recorder.fail(new TenantError('start', 'no', { log: '' }))
  expect(recorder.report.failure).toEqual({ step: 'prepare', kind: 'start', message: 'no' })
})

test('an interrupted run starts no step', async () => {
  const controller = new AbortController()
  const { told, recorder } = start(controller.signal)
  const reason = new TenantError('interrupted', 'ended by SIGINT')
  let ran = false
  await recorder.step('source', async () => controller.abort(reason))
  expect(await rejectionOf(recorder.step('build', async () => void (ran = true)))).toBe(reason)
  expect([ran, steps(recorder).length, told.filter(({ kind }) => kind === 'step-start').length]).toEqual([false, 1, 1])
  expect(recorder.fail(reason).failure).toMatchObject({ step: 'build', kind: 'interrupted' })
})

test('a warning is told and kept', () => {
  const { told, recorder } = start()
  recorder.warn('old releases stay')
  expect(recorder.report.warnings).toEqual(['old releases stay'])
  expect(told.at(-1)).toEqual({ kind: 'message', text: 'old releases stay' })
})
