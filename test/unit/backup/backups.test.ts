import { expect, test } from 'vitest'
import type { Sidecar } from '../../../src/facts/host-facts.ts'
import { sortOut } from '../../../src/backup/backups.ts'

const id = '20261123T041500Z-yourbrand'
const sidecar = {
  id,
  at: '2026-11-23T04:15:00.000Z',
  by: 'somebody',
  database: 'yourbrand',
  bytes: 1234,
  sha256: 'a'.repeat(64),
  server: '15.18'
}
const told = (says: unknown, more: Partial<Sidecar> = {}): Sidecar => ({
  id,
  bytes: 1234,
  text: typeof says === 'string' ? says : JSON.stringify(says),
  ...more
})

test('what stands beside a dump, the newest first', () => {
  const later = { ...sidecar, id: '20261124T000000Z-yourbrand' }
  const { database, ...line } = sidecar
  expect(database).toBe('yourbrand')
  expect(sortOut([told(sidecar), told(later, { id: later.id })])).toEqual({
    lines: [{ ...line, id: later.id }, line],
    damaged: []
  })
})

test('nothing, and what is none of ours', () => {
  expect(sortOut([])).toEqual({ lines: [], damaged: [] })
  const foreign = ['notes', '..', `${id} copy`, '20261123T041500Z-$(reboot)']
  expect(sortOut(foreign.map((name) => told(sidecar, { id: name })))).toEqual({ lines: [], damaged: [] })
})

const unreadable = `${id}.json does not say what a backup is`
test.each<[string, Sidecar, string]>([
  ['no dump', told(sidecar, { bytes: null }), 'its dump is missing'],
  ['a dump that was cut off', told(sidecar, { bytes: 1000 }), 'its dump has 1000 bytes instead of 1234'],
  ['no JSON', told('{'), unreadable],
  ['an empty file', told(''), unreadable],
  ['another id', told({ ...sidecar, id: '20261123T041501Z-yourbrand' }), unreadable],
  ['a checksum that is none', told({ ...sidecar, sha256: '$(reboot)' }), unreadable],
  ['a list', told([sidecar]), unreadable]
])('%s: damaged, and why', (_, one, damage) => {
  expect(sortOut([one])).toEqual({ lines: [], damaged: [{ id, damage }] })
})
