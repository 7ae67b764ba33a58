import { expect, it } from 'vitest'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import type { Report } from '../../../src/report/report.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { expectClosed, unseen } from './closed.ts'
import { hostileNames, sampleBackup, sampleBackupLine, sampleReport, sampleRestore } from './sample.ts'

const report = (changes: Partial<Report>) => sampleReport({ lanes: [], ...changes })
const terminal = (shown: Report) => renderTerminal(shown, { color: false, width: 100 })
const failure = { step: 'check', kind: 'restore' as const, message: 'the checksum differs', remedy: 'take another' }

it('says of a backup what was made, where it lies, and how to put it back', () => {
  const made = report({ command: 'backup', backup: sampleBackup() })
  expect(terminal(made).split('\n').slice(0, -1)).toEqual([
    'yourbrand on sandbox: backed up (48 s, by octocat, commit 4f6a1c0de9b2)',
    '',
    'backup: 20261122T100000Z-yourbrand',
    '  size        48 kB, of PostgreSQL 15.18',
    '  sha256      9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '  on the host /srv/tenants/yourbrand/backups/20261122T100000Z-yourbrand.dump',
    '  copied to   ./yourbrand.dump',
    '  removed     2 older: 20261022T100000Z-yourbrand, 20261021T100000Z-yourbrand',
    '  ✓ dump     840 ms',
    '  ✓ prune     60 ms  2 removed',
    '  to put it back: tenant restore yourbrand 20261122T100000Z-yourbrand'
  ])
  const markdown = renderMarkdown(made)
  expect(markdown).toMatch(/^## ✅ yourbrand: backed up\n/)
  expect(markdown).toContain('| SHA-256 | <code>9f86d081884c')
  expect(markdown).toContain(
    '| On the host | <code>/srv/tenants/yourbrand/backups/20261122T100000Z-yourbrand.dump</code> |'
  )
  expect(markdown).toContain('| Removed | 2 older: <code>20261022T100000Z-yourbrand</code>, ')
  expect(markdown).toContain('To put it back: <code>tenant restore yourbrand 20261122T100000Z-yourbrand</code>')
})

it('has no line for what there is not', () => {
  const made = report({ command: 'backup', backup: sampleBackup({ copy: null, removed: [] }) })
  expect(terminal(made)).not.toMatch(/copied to|removed {5}/)
  expect(renderMarkdown(made)).not.toMatch(/Copied to|\| Removed/)
})

it('says nothing was made where the dump failed', () => {
  const backup = sampleBackup({ made: null, path: null, copy: null, removed: [], failure })
  const failed = report({ command: 'backup', outcome: 'failed', exitCode: 2, backup })
  expect(terminal(failed)).toContain('\nbackup: failed\n  ✓ dump ')
  expect(terminal(failed)).toContain('✗ backup: check failed\n  the checksum differs\n  what to do: take another\n')
  expect(terminal(failed)).not.toContain('to put it back')
  expect(renderMarkdown(failed)).toContain('### ❌ backup: check failed')
  expect(renderMarkdown(failed)).not.toMatch(/To put it back|\| Backup \|/)
})

it('lists backups in columns, as they come', () => {
  const backups = [sampleBackupLine(), sampleBackupLine({ id: '20261121T090000Z-yourbrand', bytes: 12, by: 'x' })]
  const listed = report({ command: 'backups', outcome: 'unchanged', backups })
  expect(terminal(listed).split('\n').slice(2, -1)).toEqual([
    'backup                      when                  size      who      PostgreSQL',
    '20261122T100000Z-yourbrand  2026-11-22T10:00:00Z  48 kB     octocat  15.18',
    '20261121T090000Z-yourbrand  2026-11-22T10:00:00Z  12 bytes  x        15.18'
  ])
  const markdown = renderMarkdown(listed)
  expect(markdown).toMatch(/^## 📦 yourbrand: backups\n/)
  expect(markdown).toMatch(/\| <code>20261122T100000Z-yourbrand<\/code> \| .* \| 48 kB \| octocat \| .* \|\n/)
})

it('says where there is no backup, and not where none could be listed', () => {
  const none = report({ command: 'backups' })
  expect(terminal(none)).toContain('\nno backup yet\n')
  expect(renderMarkdown(none)).toContain('\nNo backup yet.\n')
  const failed = report({ command: 'backups', outcome: 'failed', exitCode: 2, failure })
  expect(terminal(failed)).not.toContain('no backup yet')
  expect(renderMarkdown(failed)).not.toContain('No backup yet')
})

it('says of a restore what is where now, and what comes next', () => {
  const restored = report({ command: 'restore', restore: sampleRestore() })
  expect(terminal(restored).split('\n').slice(0, -1)).toEqual([
    'yourbrand on sandbox: restored (48 s, by octocat, commit 4f6a1c0de9b2)',
    '',
    'restore: 20261122T100000Z-yourbrand',
    '  database    yourbrand',
    '  holds       14 tables, 3 applied migrations',
    '  kept        what it replaced, as yourbrand_replaced, until the next restore',
    '  ✓ restore     1.8 s',
    '  ✓ check       60 ms',
    '  ✓ swap        90 ms',
    '  next: tenant deploy yourbrand'
  ])
  const markdown = renderMarkdown(restored)
  expect(markdown).toMatch(/^## ✅ yourbrand: restored\n/)
  expect(markdown).toContain('| Holds | 14 tables, 3 applied migrations |')
  expect(markdown).toContain(
    '| Kept | what it replaced, as <code>yourbrand&#95;replaced</code>, until the next restore |'
  )
  expect(markdown).toContain('Next: <code>tenant deploy yourbrand</code>')
})

it('claims nothing of a restore that failed', () => {
  const restore = sampleRestore({ replaced: null, tables: 0, migrations: 0, failure })
  const failed = report({ command: 'restore', outcome: 'failed', exitCode: 2, restore })
  expect(terminal(failed)).toContain(
    '\nrestore: failed: 20261122T100000Z-yourbrand\n  database    yourbrand\n  ✓ restore '
  )
  expect(terminal(failed)).toContain('✗ restore: check failed')
  expect(terminal(failed)).not.toMatch(/holds|kept|next:/)
  expect(renderMarkdown(failed)).not.toMatch(/Holds|Kept|Next:/)
})

it.each(hostileNames)('lets no name from outside act: %j', (name) => {
  const line = { id: name, at: name, bytes: 1, sha256: name, by: name, server: name }
  const steps = [{ name, ms: 1, outcome: 'done' as const, note: name }]
  const reports = [
    report({ command: 'backups', backups: [line] }),
    report({
      command: 'backup',
      backup: { steps, made: line, path: name, copy: name, removed: [name], failure: null }
    }),
    report({
      command: 'restore',
      restore: sampleRestore({ steps, backup: name, database: name, replaced: name, warnings: [name] })
    })
  ]
  for (const shown of reports) {
    const [text, markdown] = [terminal(shown), renderMarkdown(shown)]
    expect(text).not.toMatch(unseen)
    expect(markdown).not.toMatch(unseen)
    expectClosed(markdown)
    for (const row of markdown.split('\n').filter((one) => one.startsWith('| ')))
      expect([4, 6, 7]).toContain(row.split('|').length)
  }
})
