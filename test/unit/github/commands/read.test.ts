import { expect, test } from 'vitest'
import { readComment } from '../../../../src/github/commands/read.ts'
import { commentEvent } from './event.ts'
import type { EventChanges } from './event.ts'

test.each([
  ['/tenant deploy', 'deploy', 'all'],
  ['  /tenant deploy  ', 'deploy', 'all'],
  ['/tenant deploy app', 'deploy', 'app'],
  ['/tenant deploy marketing\n\nit was me', 'deploy', 'marketing'],
  ['/tenant deploy all\r\nthanks', 'deploy', 'all'],
  ['\t/tenant doctor', 'doctor', 'all']
])('%j is a command', (body, command, lane) => {
  expect(readComment(commentEvent(body))).toEqual({
    command,
    lane,
    tenant: 'yourbrand',
    host: null,
    owner: 'acme',
    repo: 'tenants',
    issue: 1,
    comment: 77,
    by: 'octocat'
  })
})

test.each([
  '',
  'tenant deploy',
  'please /tenant deploy',
  '> /tenant deploy',
  '`/tenant deploy`',
  '\n/tenant deploy',
  '/tenant deploy otherbrand',
  '/tenant deploy app; rm -rf /',
  '/tenant deploy app marketing',
  '/tenant  deploy',
  '/tenant\u00a0deploy',
  '/Tenant deploy',
  '/tenant rollback',
  '/tenant doctor app',
  '/tenant deploy\u2028x',
  '/tenants deploy'
])('%j is none', (body) => {
  expect(readComment(commentEvent(body))).toBeNull()
})

test.each<[string, EventChanges]>([
  ['an issue that an outsider wrote', { author: 'CONTRIBUTOR' }],
  ['an edited comment', { action: 'edited' }],
  ['a deleted comment', { action: 'deleted' }],
  ['a closed issue', { state: 'closed' }],
  ['a pull request', { pullRequest: { url: 'https://api.github.com/repos/acme/tenants/pulls/1' } }],
  ['an issue without the label', { labels: ['bug'] }],
  ['an issue of another topic', { topic: 'unreachable', labels: ['drift', 'unreachable'] }],
  ['an issue without a marker', { issueBody: 'It drifts.' }],
  ['an issue without a text', { issueBody: null }],
  ['a marker further down', { issueBody: 'text\n<!-- tenant-deploy drift tenant=yourbrand -->' }],
  ['a program', { userType: 'Bot' }],
  ['an event that a program caused', { senderType: 'Bot' }],
  ['a host, which is not deployed', { subject: { kind: 'host', name: 'web-1' } }]
])('%s gives no command', (_, changes) => {
  expect(readComment(commentEvent('/tenant deploy', changes))).toBeNull()
})

test('a host can be looked at again', () => {
  const event = commentEvent('/tenant doctor', { subject: { kind: 'host', name: 'web-1' } })
  expect(readComment(event)).toMatchObject({ command: 'doctor', tenant: null, host: 'web-1' })
})

test.each([null, undefined, 'text', [], {}, { action: 'created' }, { action: 'created', comment: null, issue: 7 }])(
  'the event %j gives none',
  (event) => expect(readComment(event)).toBeNull()
)
