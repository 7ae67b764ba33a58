import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import type { ProvisionReport, Report } from '../../../src/report/report.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { expectClosed, unseen } from './closed.ts'
import { hostileNames, inPlace, sampleLane, sampleProvision, sampleReport, unchangedLane } from './sample.ts'

const provisioned = (provision: ProvisionReport, changes: Partial<Report> = {}) =>
  sampleReport({ command: 'provision', lanes: [], provision, changed: provision.changed, ...changes })
const terminal = (report: Report) => renderTerminal(report, { color: false, width: 100 })
const both = (report: Report) => [terminal(report), renderMarkdown(report)]

describe('a tenant that was brought to what is desired', () => {
  const report = provisioned(sampleProvision())

  it('has each resource on the terminal: what differed, what was done, what is left to a person, how long it took', () => {
    expect(terminal(report).split('\n').slice(0, -1)).toEqual([
      'yourbrand on sandbox: changed (48 s, by octocat, commit 4f6a1c0de9b2)',
      '',
      'provision: changed; 1 resource needs a person',
      '  + account               212 ms',
      '      account: expected tenant-yourbrand, found missing',
      '      ✓ make the group tenant-yourbrand',
      '      ✓ make the account tenant-yourbrand',
      '  ~ database.ownership     95 ms',
      '      owner of table public.notes: expected yourbrand, found postgres',
      '      ✓ hand public.notes to yourbrand',
      '  ! certificate.issued',
      '      issuer: expected an authority, found the certificate itself',
      '      for a person: put a certificate of an authority at /etc/ssl/tenants/yourbrand.crt',
      '  ✓ look      310 ms  14 resources',
      '  ✓ verify    420 ms',
      '  checked: 2 of 3 in sync, 1 drifted'
    ])
  })

  it('has the same in the summary, as a table', () => {
    const markdown = renderMarkdown(report)
    expect(markdown).toMatch(/^## ✅ yourbrand: changed\n/)
    expect(markdown).toContain('### provision: changed; 1 resource needs a person')
    expect(markdown).toContain(
      '| <code>account</code> | missing | account: expected <code>tenant-yourbrand</code>, found <code>missing</code> | ' +
        '✅ make the group tenant-yourbrand<br>✅ make the account tenant-yourbrand |'
    )
    expect(markdown).toContain('| ⚠️ for a person: put a certificate of an authority at')
    expect(markdown).toContain(
      '<details open><summary>Checked at the end: 2 of 3 in sync, 1 drifted</summary>\n\n' +
        '| Resource | Verdict | Why |\n| --- | --- | --- |\n| <code>certificate.issued</code> | ⚠️ drifted |'
    )
    expectClosed(markdown)
  })
})

it('is one line where everything is in place', () => {
  const [text, markdown] = both(provisioned(inPlace, { outcome: 'unchanged' }))
  expect(text).toBe(
    'yourbrand on sandbox: unchanged (48 s, by octocat, commit 4f6a1c0de9b2)\n\n' +
      'provision: everything of its own is in place (2 resources)\n'
  )
  expect(markdown).toMatch(/^## ➖ yourbrand: unchanged\n/)
  expect(markdown).toContain('**provision**: everything of its own is in place (2 resources)')
  expect(markdown).not.toContain('###')
})

it('does not say that all is in place where nothing could be looked at', () => {
  const provision = { ...inPlace, findings: [], warnings: ['what only root sees was not looked at'] }
  for (const text of both(sampleReport({ provision }))) {
    expect(text).toContain('provision: not looked at')
    expect(text).toContain('what only root sees was not looked at')
  }
})

it('says what a dry run would do, and each difference once', () => {
  const { changes } = sampleProvision()
  const found = changes.map(({ address, verdict, differences }) => ({ address, verdict, differences }))
  const [text = '', markdown = ''] = both(
    provisioned(sampleProvision({ steps: [], findings: found }), { dryRun: true })
  )
  expect(text).toMatch(/^yourbrand on sandbox: would change .*\nDry run: nothing was changed\./)
  expect(text).toContain('provision: would change; 1 resource needs a person')
  expect(text).toContain('      would make the account tenant-yourbrand\n')
  expect(text).toContain('checked: 0 of 3 in sync, 1 missing, 2 drifted')
  expect(text.match(/owner of table public.notes/g)).toHaveLength(1)
  expect(text).not.toContain('✓')
  expect(markdown).toContain('| What would be done |')
  expect(markdown.match(/owner of table public.notes/g)).toHaveLength(1)
  expect(markdown).not.toContain('✅')
})

it('shows in a dry run what could not be looked at', () => {
  const findings = [{ address: 'database', verdict: 'unknown' as const, differences: [], cause: 'psql gave no answer' }]
  const report = provisioned(sampleProvision({ steps: [], findings }), { dryRun: true })
  for (const text of both(report)) expect(text).toContain('psql gave no answer')
})

it('says of a failure how far it came', () => {
  const provision = sampleProvision({
    steps: [{ name: 'account', ms: 212, outcome: 'failed', note: 'make the account tenant-yourbrand' }],
    changes: [
      { ...sampleProvision().changes[0]!, actions: ['make the group', 'make the account tenant-yourbrand', 'x'] }
    ],
    findings: [],
    failure: { step: 'account', kind: 'provision', message: 'could not make the account', log: 'useradd: locked' }
  })
  const [text = '', markdown = ''] = both(provisioned(provision, { outcome: 'failed', exitCode: 2 }))
  expect(text).toContain(
    'provision: failed\n' +
      '  + account    212 ms\n' +
      '      account: expected tenant-yourbrand, found missing\n' +
      '      ✓ make the group\n' +
      '      ✗ make the account tenant-yourbrand\n' +
      '      - not done: x\n'
  )
  expect(text).toContain('✗ provision: account failed\n  could not make the account\n')
  expect(text).toContain('  │ useradd: locked')
  expect(markdown).toContain('✅ make the group<br>❌ make the account tenant-yourbrand<br>➖ not done: x |')
  expect(markdown.indexOf('### ❌ provision: account failed')).toBeLessThan(markdown.indexOf('### provision: failed'))
})

describe('a deploy', () => {
  const deploy = (provision: ProvisionReport, changes: Partial<Report> = {}) => sampleReport({ provision, ...changes })
  const broken = { address: 'boot', verdict: 'drifted' as const, differences: [] }

  it('says nothing of what is in place', () => {
    expect(both(deploy(inPlace))).toEqual(both(sampleReport()))
  })

  it.each([
    ['was changed', sampleProvision()],
    ['is not as it should be', { ...inPlace, findings: [broken] }],
    ['is to be wary of', { ...inPlace, warnings: ['w'] }],
    ['failed', { ...inPlace, failure: { step: 'look', kind: 'command' as const, message: 'no' } }]
  ])('says above its lanes what %s', (_, provision) => {
    const [text = '', markdown = ''] = both(deploy(provision))
    expect(text.indexOf('\nprovision: ')).toBeGreaterThan(0)
    expect(text.indexOf('\nprovision: ')).toBeLessThan(text.indexOf('\napp: '))
    expect(markdown.search(/^(### |\*\*)provision/m)).toBeGreaterThan(0)
    expect(markdown.search(/^(### |\*\*)provision/m)).toBeLessThan(markdown.indexOf('### app'))
  })

  it('that shipped nothing does not claim to have shipped', () => {
    const lanes = [sampleLane('app', unchangedLane)]
    expect(terminal(deploy(sampleProvision(), { lanes }))).toMatch(/^yourbrand on sandbox: changed /)
    expect(terminal(deploy(sampleProvision(), { lanes, dryRun: true }))).toMatch(/^yourbrand on sandbox: would change /)
  })
})

it('shows the log of a warning in lines of its own', () => {
  const [text, markdown] = both(
    provisioned({ ...inPlace, warnings: ['the authority refused\n\u001b[31mtimeout\nagain'] })
  )
  expect(text).toContain('  ! the authority refused\n    │ timeout\n    │ again\n')
  expect(markdown).toContain('- ⚠️ the authority refused<br>timeout<br>again')
})

it('cuts long lists and counts the rest', () => {
  const differences = Array.from({ length: 5000 }, (_, at) => ({ attribute: `t${at}`, expected: 'a', actual: 'b' }))
  const change = {
    address: 'x',
    verdict: 'drifted' as const,
    differences,
    actions: differences.map((one) => one.attribute)
  }
  const changes = Array.from({ length: 300 }, () => change)
  const [text = '', markdown = ''] = both(provisioned(sampleProvision({ changes: [change], findings: [] })))
  expect(text.match(/… and 4,980 more; --json lists all/g)).toHaveLength(2)
  expect(markdown.match(/<br>… and 4,980 more/g)).toHaveLength(2)
  const large = renderMarkdown(provisioned(sampleProvision({ changes })), { maxBytes: 65_536 })
  expect(Buffer.byteLength(large)).toBeLessThanOrEqual(65_536)
  expect(large).toMatch(/… and 2\d\d more\n/)
  expectClosed(large)
})

it('lets no name from outside act', () => {
  const one = (name: string) => ({
    address: name,
    verdict: 'drifted' as const,
    differences: [{ attribute: name, expected: name, actual: name }]
  })
  const provision = sampleProvision({
    steps: hostileNames.map((name) => ({ name, ms: 1, outcome: 'done', note: name })),
    changes: hostileNames.flatMap((name) => [
      { ...one(name), actions: [name] },
      { ...one(name), actions: [], remedy: name }
    ]),
    findings: hostileNames.map((name) => ({ ...one(name), cause: name })),
    warnings: hostileNames,
    failure: {
      step: hostileNames[6]!,
      kind: 'provision',
      message: hostileNames.join('\n'),
      log: hostileNames.join('\n')
    }
  })
  const [text = '', markdown = ''] = both(provisioned(provision))
  for (const shown of [text, markdown]) expect(shown).not.toMatch(unseen)
  expect(text).not.toMatch(/^(::|##\[)/m)
  expectClosed(markdown)
  const rows = markdown.split('\n').filter((line) => /^\| <code>.*\| drifted \|/.test(line))
  expect(rows).toHaveLength(hostileNames.length * 2)
  for (const row of rows) expect(row.split('|')).toHaveLength(6)
})
