import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { FileFact } from '../../../src/facts/facts.ts'
import { envChanges, environmentResource } from '../../../src/resources/environment.ts'
import { absent, layout } from './acme.ts'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const resource = environmentResource(layout, { A: 'one', B: 'hunter2' })
const live = (more: Partial<FileFact> = {}): { file: FileFact } => ({
  file: { exists: true, mode: '0600', owner: 'tenant-acme', env: { A: hash('one'), B: hash('hunter2') }, ...more }
})

/** What could not be read has a mode and an owner, and names nothing. */
const closed = (more: Partial<FileFact> = {}): { file: FileFact } => ({
  file: { exists: true, mode: '0600', owner: 'tenant-acme', ...more }
})

test('asks for names and hashes, never for the text', () => {
  expect(resource.requests.file).toEqual({ kind: 'file', path: '/srv/tenants/acme/app/current/.env.local', env: true })
})

test.each<[string, { file: FileFact }, string, string[]]>([
  ['the same', live(), 'in-sync', []],
  ['no file', { file: absent }, 'missing', ['.env.local: 2 names, missing']],
  [
    'another value',
    live({ env: { A: hash('one'), B: hash('x') } }),
    'drifted',
    ['B: the value of manifest or secrets, another value']
  ],
  ['a name less', live({ env: { A: hash('one') } }), 'drifted', ['B: set, not set']],
  ['a name more', live({ env: { A: hash('one'), B: hash('hunter2'), C: hash('') } }), 'drifted', ['C: not set, set']],
  ['a mode that all can read', live({ mode: '0644' }), 'drifted', ['mode: 0600, 0644']],
  ['another owner', live({ owner: 'root' }), 'drifted', ['owner: tenant-acme, root']],
  ["root's, and closed to the app", closed({ owner: 'root' }), 'drifted', ['owner: tenant-acme, root']],
  [
    'closed to the app in a way that neither tells',
    closed(),
    'drifted',
    ['.env.local: readable by tenant-acme, not readable']
  ],
  [
    'a mode that nobody told',
    { file: { exists: true, owner: 'tenant-acme', env: live().file.env! } },
    'drifted',
    ['mode: 0600, unknown']
  ]
])('%s', (_, facts, verdict, differences) => {
  const found = resource.compare(facts)
  expect(found.verdict).toBe(verdict)
  expect(found.differences.map(({ attribute, expected, actual }) => `${attribute}: ${expected}, ${actual}`)).toEqual(
    differences
  )
  expect(JSON.stringify(found)).not.toContain('hunter2')
})

test('of a file that can not be read, no name is told to change', () => {
  expect(envChanges({ A: 'one' }, closed().file)).toEqual({ added: [], changed: [], removed: [] })
  expect(envChanges({ A: 'one' }, absent)).toEqual({ added: ['A'], changed: [], removed: [] })
})
