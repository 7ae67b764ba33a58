import { expect, test } from 'vitest'
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
const printed = (says: unknown, { name = id, bytes = '1234' } = {}) =>
  `${name}.json ${bytes} ${Buffer.from(typeof says === 'string' ? says : JSON.stringify(says)).toString('base64')}\n`

test('what stands beside a dump, the newest first', () => {
  const later = { ...sidecar, id: '20261124T000000Z-yourbrand' }
  const { database, ...line } = sidecar
  expect(database).toBe('yourbrand')
  expect(sortOut(printed(sidecar) + printed(later, { name: later.id }))).toEqual({
    lines: [{ ...line, id: later.id }, line],
    damaged: []
  })
})

test('nothing, and what is none of ours', () => {
  expect(sortOut('')).toEqual({ lines: [], damaged: [] })
  const foreign = ['notes', '..', `${id} copy`, '20261123T041500Z-$(reboot)']
  expect(sortOut(foreign.map((name) => printed(sidecar, { name })).join('\n'))).toEqual({ lines: [], damaged: [] })
})

const unreadable = `${id}.json does not say what a backup is`
test.each<[string, string, string]>([
  ['no dump', printed(sidecar, { bytes: '-' }), 'its dump is missing'],
  ['a dump that was cut off', printed(sidecar, { bytes: '1000' }), 'its dump has 1000 bytes instead of 1234'],
  ['no JSON', printed('{'), unreadable],
  ['an empty file', `${id}.json 1234 \n`, unreadable],
  ['another id', printed({ ...sidecar, id: '20261123T041501Z-yourbrand' }), unreadable],
  ['a checksum that is none', printed({ ...sidecar, sha256: '$(reboot)' }), unreadable],
  ['a list', printed([sidecar]), unreadable]
])('%s: damaged, and why', (_, text, damage) => {
  expect(sortOut(text)).toEqual({ lines: [], damaged: [{ id, damage }] })
})
