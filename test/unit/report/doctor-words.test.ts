import { expect, it } from 'vitest'
import { doctorExitMeaning, outcomeLine, remedyLines, scopeLine } from '../../../src/report/doctor-words.ts'
import { inSyncDoctor, sampleDoctor, sampleHost, sampleTenant } from './doctor-sample.ts'

it.each([
  [0, 'all in sync'],
  [1, 'something is not as it should be'],
  [2, 'something could not be looked at'],
  [3, 'failed, and a person is needed'],
  [64, 'bad usage or configuration; nothing was looked at']
])('exit code %i: %s', (code, meaning) => expect(doctorExitMeaning(code)).toBe(meaning))

const drifted = sampleTenant('a', { health: 'drifted' })
const unknown = sampleTenant('b', { health: 'unknown' })
const failure = { step: 'look', kind: 'internal' as const, message: 'no' }

it.each([
  ['a on alpha: all in sync', inSyncDoctor([sampleTenant('a')], [sampleHost('alpha')])],
  ['a on alpha: the tenant drifted; 0 findings', inSyncDoctor([drifted], [sampleHost('alpha')])],
  [
    'a on alpha: the tenant and the host drifted; 0 findings',
    inSyncDoctor([drifted], [sampleHost('alpha', { health: 'drifted' })])
  ],
  [
    '2 tenants on 1 host: 1 tenant drifted, 1 tenant unknown; 0 findings',
    inSyncDoctor([drifted, unknown], [sampleHost('alpha')])
  ],
  ['0 tenants on 1 host: all in sync', inSyncDoctor([], [sampleHost('alpha')])],
  ['doctor: nothing was looked at', inSyncDoctor([], [])],
  ['3 tenants on 2 hosts: failed', sampleDoctor({ failure })]
])('%s', (line, report) => {
  expect(`${scopeLine(report, (name) => name)}: ${outcomeLine(report)}`).toBe(line)
})

it.each([
  ['tenant deploy yourbrand app', true],
  ['tenant provision yourbrand --user root', true],
  ['tenant provision yourbrand && tenant deploy yourbrand', true],
  ['tenant restore yourbrand ./copy.dump', true],
  ['tenant deploy yourbrand, and then look again', false],
  ['tenant folders are in the way', false],
  ['tenant deploy yourbrand; rm -rf /', false],
  ['tenant deploy $(id)', false],
  ['tenant deploy yourbrand.', false],
  ['free some disk space', false],
  ['::error::x', false]
])('takes %j for a command: %s', (text, isCommand) => {
  expect(remedyLines(text)).toEqual([{ text, isCommand }])
})

it('reads a remedy line by line', () => {
  expect(remedyLines('do this:\n\n  tenant deploy a\n')).toEqual([
    { text: 'do this:', isCommand: false },
    { text: 'tenant deploy a', isCommand: true }
  ])
})
