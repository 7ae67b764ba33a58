import { expect, test } from 'vitest'
import { BACKUP_ID, backupId, backupTime } from '../../../src/backup/backup-id.ts'

const now = new Date('2026-11-23T04:15:00.987Z')

test('its time to the second, and the database', () => {
  expect(backupId('yourbrand', [], now)).toBe('20261123T041500Z-yourbrand')
  expect(backupTime('20261123T041500Z-yourbrand')).toBe(Date.parse('2026-11-23T04:15:00Z'))
})

test('it sorts behind all before it, also within one second and where a clock was ahead', () => {
  expect(backupId('a', ['20261123T041500Z-z'], now)).toBe('20261123T041501Z-a')
  expect(backupId('a', ['20261231T235959Z-z', '20200101T000000Z-z'], now)).toBe('20270101T000000Z-a')
})

test.each(['', 'latest', '../../etc/passwd', '20261123T041500Z-', '20261123T041500Z-a/b', '20261123T041500Z-a\n', '*'])(
  '%j is the id of none',
  (id) => {
    expect(BACKUP_ID.test(id)).toBe(false)
    expect(backupTime(id)).toBe(0)
  }
)

test('a time that there is not counts as none', () => {
  expect(backupTime('20261399T999999Z-a')).toBe(0)
})
