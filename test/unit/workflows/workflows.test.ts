import { describe, expect, it } from 'vitest'
import { actionlint, houseRules, inputsOfAction, languageService, workflows } from './judges.ts'

const checkout = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0'

/** A workflow that is as it should be, with lines of a job's step and of a caller exchanged. */
function sample({
  step = `uses: ${checkout}`,
  call = '',
  on = 'push',
  top = 'permissions: {}',
  jobTop = ''
} = {}): string {
  return `name: sample
on: [${on}]
${top}
jobs:
  one:
    runs-on: ubuntu-latest
    permissions:
      contents: read
${jobTop}    steps:
      - ${step}
${call}`
}

const call = (inputs: string) => `  two:
    permissions: { contents: read, actions: read, checks: read, pull-requests: read }
    uses: ./.github/workflows/deploy-tenants.yml
    with: { ${inputs} }
`

it('finds the workflows', () => {
  expect(workflows.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'ci.yml',
      'deploy.yml',
      'deploy-tenants.yml',
      'marketing.yml',
      'release.yml',
      'rollback.yml'
    ])
  )
})

describe.each(workflows)('%s', (name, text) => {
  it('passes actionlint', async () => expect(await actionlint(name, text)).toEqual([]))
  it("passes GitHub's own language service", async () => expect(await languageService(name, text)).toEqual([]))
  it('hands to the action what it takes', () => expect(inputsOfAction(name, text)).toEqual([]))
  it('keeps the rules of the house', () => expect(houseRules(name, text)).toEqual([]))
})

describe('a sample', () => {
  it('that is right has no faults', async () => {
    const text = sample({ call: call("jobs: '{}', at-once: 3") })
    expect(await actionlint('sample.yml', text)).toEqual([])
    expect(await languageService('sample.yml', text)).toEqual([])
    expect([...inputsOfAction('sample.yml', text), ...houseRules('sample.yml', text)]).toEqual([])
  })

  it.each([
    ['a key that is none', sample({ jobTop: '    timeout-minute: 5\n' }), /timeout-minute/],
    ['a job that is none', sample({ jobTop: '    needs: [three]\n' }), /three/],
    ['a context that is none', sample({ step: 'run: echo "$X"\n        env: { X: "${{ nothing.here }}" }' }), /nothing/]
  ])('with %s fails actionlint', async (_, text, message) => {
    expect((await actionlint('sample.yml', text)).join()).toMatch(message)
  })

  it.each([
    ['a key that is none', sample({ jobTop: '    timeout-minute: 5\n' }), /timeout-minute/],
    ['an input that the called workflow has not', sample({ call: call("jobs: '{}', at-once: 3, lane: app") }), /lane/],
    ['an input of the called workflow that is missing', sample({ call: call("jobs: '{}'") }), /at-once/],
    ['an expression that is none', sample({ jobTop: '    if: github.actor ==\n' }), /expression/i]
  ])("with %s fails GitHub's own language service", async (_, text, message) => {
    expect((await languageService('sample.yml', text)).join()).toMatch(message)
  })

  it.each([
    ['an input that the action has not', 'with: { tenants: acme }', 'sample.yml: the action has no input tenants'],
    ['a command that the action has not', 'with: { command: destroy }', 'sample.yml: the action has no command destroy']
  ])('with %s is found', (_, given, fault) => {
    expect(inputsOfAction('sample.yml', sample({ step: `uses: ./\n        ${given}` }))).toEqual([fault])
  })

  it.each([
    ['a tag', sample({ step: 'uses: actions/checkout@v5' }), 'actions/checkout@v5 is not pinned by its commit'],
    [
      'a commit without its version',
      sample({ step: `uses: ${checkout.split(' ')[0]}` }),
      `${checkout.split(' ')[0]} is not pinned by its commit`
    ],
    ['no permissions at the top', sample({ top: '' }), 'has no `permissions: {}` at the top'],
    [
      'permissions at the top',
      sample({ top: 'permissions: { contents: read }' }),
      'has no `permissions: {}` at the top'
    ],
    [
      'no permissions of a job',
      sample().replace('    permissions:\n      contents: read\n', ''),
      'job one has no permissions'
    ],
    [
      'all permissions',
      sample().replace('permissions:\n      contents: read', 'permissions: write-all'),
      'job one has all permissions'
    ],
    [
      'an expression in a script',
      sample({ step: 'run: echo ${{ github.actor }}' }),
      'has an expression inside a script'
    ],
    ['pull_request_target', sample({ on: 'push, pull_request_target' }), 'runs on pull_request_target'],
    [
      'secrets on pull requests',
      sample({ on: 'pull_request', step: 'run: "true"\n        env: { X: "${{ secrets.X }}" }' }),
      'uses secrets on pull requests'
    ],
    [
      'all secrets on pull requests',
      sample({ on: 'pull_request', call: `${call("jobs: '{}', at-once: 3")}    secrets: inherit\n` }),
      'uses secrets on pull requests'
    ]
  ])('with %s breaks the rules', (_, text, fault) => {
    expect(houseRules('sample.yml', text)).toEqual([`sample.yml: ${fault}`])
  })
})
