import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readInputs } from '../../../../src/github/inputs.ts'
import { pullRequestOf } from '../../../../src/github/preview/event.ts'
import { plannedFrom } from '../../../../src/github/preview/planned.ts'
import { thrownBy } from '../../thrown.ts'
import { pullRequestEvent } from './event.ts'

beforeEach(() => void vi.spyOn(process.stdout, 'write').mockImplementation(() => true))
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const given = (inputs: Record<string, string>) => {
  for (const [name, value] of Object.entries(inputs)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, value)
}

const calls = (jobs: unknown[]) =>
  JSON.stringify({ include: jobs.map((one, at) => ({ name: `${at + 1}`, jobs: one })) })
const plan = (more: Record<string, string> = {}) => JSON.stringify({ rest: calls([]), 'at-once': '4', ...more })

describe('planned', () => {
  test('is whoever is in any call, in both of its forms', () => {
    const job = (tenant: string, lane: string) => ({ tenant, lane, 'runs-on': 'ubuntu-latest' })
    const alike = { tenant: ['bolt', 'acme'], lane: ['app'], 'runs-on': ['ubuntu-latest'] }
    const text = plan({
      rest: calls([{ include: [job('zebra', 'marketing')] }, alike, { include: [job('crow', 'all')] }])
    })
    expect(plannedFrom(text)).toEqual([
      { tenant: 'acme', lanes: 'app' },
      { tenant: 'bolt', lanes: 'app' },
      { tenant: 'crow', lanes: 'all' },
      { tenant: 'zebra', lanes: 'marketing' }
    ])
    expect(plannedFrom(plan())).toEqual([])
  })

  test.each([
    ['what is not JSON', '{'],
    ['outputs of something else', '{}'],
    ['outputs that are no matrix', plan({ rest: 'x' })],
    ['a tenant that can not be one', plan({ rest: calls([{ include: [{ tenant: '../x', lane: 'app' }] }]) })],
    ['a lane that is none', plan({ rest: calls([{ include: [{ tenant: 'acme', lane: 'web' }] }]) })]
  ])('is not %s', (_what, text) => {
    expect(thrownBy(() => plannedFrom(text))).toMatchObject({ kind: 'usage', where: 'input planned' })
  })
})

describe('inputs', () => {
  test('of a preview', () => {
    given({ command: 'preview', tenant: 'acme', lane: 'app', preview: 'a.json', base: 'base', folder: 'head' })
    expect(readInputs()).toMatchObject({
      command: 'preview',
      tenant: 'acme',
      lane: 'app',
      folder: 'head',
      preview: { file: 'a.json', base: 'base', previews: null, planned: [] }
    })
  })

  test('of the comment, which is about no one tenant', () => {
    given({ command: 'preview-comment', previews: 'previews', planned: plan(), 'github-token': 'token' })
    expect(readInputs().preview).toEqual({ file: null, base: null, previews: 'previews', planned: [] })
  })

  test.each<[Record<string, string>, string]>([
    [{ command: 'preview' }, 'the input tenant is missing: preview needs one'],
    [{ command: 'preview', tenant: 'acme', 'dry-run': 'true' }, 'the input dry-run does not go with preview'],
    [{ command: 'preview', tenant: 'acme', previews: 'x' }, 'the input previews does not go with preview'],
    [{ command: 'deploy', tenant: 'acme', preview: 'x' }, 'the input preview does not go with deploy'],
    [{ command: 'deploy', tenant: 'acme', base: 'x' }, 'the input base does not go with deploy'],
    [
      { command: 'preview-comment', planned: plan(), 'github-token': 't' },
      'the input previews is missing: preview-comment needs it'
    ],
    [
      { command: 'preview-comment', previews: 'x', 'github-token': 't' },
      'the input planned is missing: preview-comment needs it'
    ],
    [{ command: 'preview-comment', previews: 'x', planned: plan() }, 'the input github-token is missing']
  ])('%j: %s', (inputs, message) => {
    given(inputs)
    expect(thrownBy(() => readInputs())).toMatchObject({ kind: 'usage', message })
  })
})

describe('the event', () => {
  test('says which pull request, and which push', () => {
    expect(pullRequestOf(pullRequestEvent())).toEqual({
      at: { owner: 'acme', repo: 'tenants', number: 1 },
      head: 'f'.repeat(40),
      isRestricted: false
    })
  })

  test.each([
    ['a fork', { from: 'stranger/tenants' }],
    ['a fork that is gone', { from: null }],
    ['Dependabot', { by: 'dependabot[bot]' }]
  ])('of %s may only read', (_what, change) => {
    expect(pullRequestOf(pullRequestEvent(change))?.isRestricted).toBe(true)
  })

  test.each([null, {}, { number: 1 }, 'x'])('%j is none', (event) => expect(pullRequestOf(event)).toBeNull())
})
