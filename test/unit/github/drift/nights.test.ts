import { expect, test } from 'vitest'
import { isAgain, nextNights, nightsText, readNights } from '../../../../src/github/drift/nights.ts'
import type { NightMemory } from '../../../../src/github/drift/nights.ts'
import { doctorReport, hostOf, tenantOf } from './sample.ts'

const now = new Date('2026-11-26T23:59:00Z')
const seen: NightMemory = {
  version: 1,
  unknown: { 'tenant:yourbrand': '2026-11-24', 'tenant:elsewhere': '2026-11-25', 'host:web-1': '2026-11-25' }
}

test('what is written is read', () => {
  expect(readNights(nightsText(seen))).toEqual({ seen, warning: null })
})

test('a first run knows of nothing, and needs no warning', () => {
  expect(readNights(null)).toEqual({ seen: { version: 1, unknown: {} }, warning: null })
})

test.each([
  '',
  'null',
  '{}',
  '{"version":2,"unknown":{}}',
  '{"version":1,"unknown":{"yourbrand":"2026-11-26"}}',
  '{"version":1,"unknown":{"tenant:Your Brand":"2026-11-26"}}',
  '{"version":1,"unknown":{"tenant:yourbrand":"2026-02-30"}}',
  '{"version":1,"unknown":{"tenant:yourbrand":true}}',
  '{"version":1,"unknown":{},"more":1}',
  '{"version":1,"unknown":'
])('%j counts as empty, with a warning', (text) => {
  expect(readNights(text)).toEqual({ seen: { version: 1, unknown: {} }, warning: expect.stringContaining('broken') })
})

test('the next run knows since when, of whom this one asked and of whom it did not', () => {
  const report = doctorReport([], {
    tenants: [tenantOf('yourbrand', 'unknown'), tenantOf('otherbrand', 'unknown')],
    hosts: [hostOf('web-1', 'drifted')]
  })
  expect(nextNights(seen, report, now)).toEqual({
    version: 1,
    unknown: { 'tenant:yourbrand': '2026-11-24', 'tenant:elsewhere': '2026-11-25', 'tenant:otherbrand': '2026-11-26' }
  })
})

test.each([
  ['2026-11-25', true],
  ['2026-11-26', false],
  // A clock was wrong.
  ['2026-11-27', false],
  [undefined, false]
])('unknown since %s: again %j', (day, again) => {
  const unknown: Record<string, string> = day === undefined ? {} : { 'host:web-1': day }
  expect(isAgain({ version: 1, unknown }, { kind: 'host', name: 'web-1' }, now)).toBe(again)
})
