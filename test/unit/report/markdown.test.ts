import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../../src/report/markdown.ts'
import { fittedTable } from '../../../src/report/markdown-parts.ts'
import { renderTerminal } from '../../../src/report/terminal.ts'
import { expectClosed, unseen } from './closed.ts'
import { failedLane, hostileNames, sampleLane, sampleReport, unchangedLane } from './sample.ts'

const noFiles = { created: [], changed: [], deleted: [], bytes: 0 }

describe('a deploy that went well', () => {
  const markdown = renderMarkdown(sampleReport())

  it('says who, where, and what it means', () => {
    expect(markdown).toMatch(/^## ✅ yourbrand: shipped\n/)
    expect(markdown).toContain('host <code>sandbox</code>')
    expect(markdown).toContain('exit code 0: fine')
    expect(markdown).toContain('[workflow run](https://github.com/acme/tenants/actions/runs/7)')
  })

  it('lists what shipped by folder, with counts', () => {
    expect(markdown).toContain('What shipped: 4 files (2 created, 1 changed, 1 deleted, 48 kB)')
    expect(markdown).toContain('@@ assets/img/ @@ 1 created, 1 deleted\n- leaves.png\n+ snow.png')
  })

  it('shows nginx, migrations, environment names, health checks, steps and the verdict', () => {
    expect(markdown).toContain('| nginx | changed and reloaded')
    expect(markdown).toContain('+  keepalive_timeout 65s;')
    expect(markdown).toContain('| Migrations | applied <code>0003&#95;notes.sql</code> |')
    expect(markdown).toContain('changed <code>SESSION&#95;SECRET</code>')
    expect(markdown).toMatch(/⏳ .* \| no answer \| 210 ms \| connection refused \|/)
    expect(markdown).toMatch(/✅ .* \| 200 \| 14 ms \|/)
    expect(markdown).toContain('| sync | ✅ done | 640 ms | 3 files |')
    expect(markdown).toContain('Checked at the end: all 2 in sync')
    expectClosed(markdown)
  })
})

describe('a dry run', () => {
  const sql = [{ name: '0003_notes.sql', sql: 'select 1;\n', bytes: 40_000 }]
  const migrations = { applied: [], pending: ['0003_notes.sql'], sql }
  const why = 'the site is built when it ships'
  const lanes = [
    sampleLane('app', { migrations }),
    sampleLane('marketing', { ...unchangedLane, uncompared: why, files: noFiles })
  ]
  const report = sampleReport({ dryRun: true, lanes })

  it('says whether the process restarts, and what its migrations would do', () => {
    const markdown = renderMarkdown(report)
    expect(markdown).toContain('| Process | would be restarted |')
    expect(markdown).toContain('<details><summary>Migration <code>0003&#95;notes.sql</code> (40 kB)</summary>')
    expect(markdown).toContain('```sql\nselect 1;\n-- … 40 kB more\n```')
    expectClosed(markdown)
  })

  it('never says "none" of files that were not compared', () => {
    expect(renderMarkdown(report)).toContain(`| Files | ${why} |`)
    expect(renderTerminal(report, { color: false, width: 100 })).toContain(why)
  })
})

describe('a run that had nothing to do', () => {
  it('is one line per lane and folds', () => {
    const lanes = [sampleLane('app', unchangedLane), sampleLane('marketing', unchangedLane)]
    const markdown = renderMarkdown(sampleReport({ outcome: 'unchanged', lanes }))
    expect(markdown).toMatch(/^## ➖ yourbrand: nothing to do\n/)
    expect(markdown.match(/\*\*(app|marketing)\*\*: nothing to do: release/g)).toHaveLength(2)
    expect(markdown).not.toContain('###')
    expect(markdown).not.toContain('<details open')
    expectClosed(markdown)
  })
})

describe('a failure', () => {
  const lanes = [sampleLane('marketing'), sampleLane('app', failedLane)]
  const markdown = renderMarkdown(sampleReport({ outcome: 'failed', exitCode: 2, lanes }))

  it('comes before everything else: what, where, what to do, the log', () => {
    expect(markdown.indexOf('### ❌ app: build failed')).toBeGreaterThan(0)
    expect(markdown.indexOf('### ❌ app: build failed')).toBeLessThan(markdown.indexOf('### marketing: shipped'))
    expect(markdown).toContain('**the build ended with code 1**')
    expect(markdown).toContain('- What to do: repair the build')
    expect(markdown).toContain('````\nError: Cannot find module "./missing"\n```\n::set-output name=x::y\n')
    expect(markdown).toContain('exit code 2: failed; visitors see what they saw before')
    expectClosed(markdown)
  })

  it('does not claim that files shipped', () => {
    expect(markdown).toContain('still serves')
    expect(markdown).toContain('What was to ship: 3 files')
  })

  it('outside any lane is shown too, each complaint on its own line', () => {
    const failure = { step: 'manifest', kind: 'manifest' as const, message: 'a.yml:1:2: wrong\na.yml:3:4: wrong too' }
    const text = renderMarkdown(sampleReport({ outcome: 'failed', exitCode: 64, lanes: [], failure }))
    expect(text).toContain('- **a.yml&#58;1&#58;2&#58; wrong**\n- **a.yml&#58;3&#58;4&#58; wrong too**')
    expect(text).toContain('exit code 64: bad usage or configuration')
  })
})

it('names the health check that never passed', () => {
  const probe = { url: 'http://127.0.0.1:4102/api/health', status: 200, ms: 3, ok: false, note: 'answers as release x' }
  const markdown = renderMarkdown(sampleReport({ lanes: [sampleLane('app', { probes: [probe, probe, probe] })] }))
  expect(markdown).toMatch(/❌ .* \| 200 \| 3 ms \| answers as release x \(3 times\) \|/)
})

it('shows drift and what could not be looked at, unfolded', () => {
  const findings = [
    {
      address: 'app/env',
      verdict: 'drifted' as const,
      differences: [{ attribute: 'mode', expected: '0600', actual: '0644' }]
    },
    { address: 'app/process', verdict: 'unknown' as const, differences: [], cause: 'the daemon did not answer' },
    { address: 'app/files', verdict: 'in-sync' as const, differences: [] }
  ]
  const markdown = renderMarkdown(sampleReport({ lanes: [sampleLane('app', { findings })] }))
  expect(markdown).toContain(
    '<details open><summary>Checked at the end: 1 of 3 in sync, 1 drifted, 1 unknown</summary>'
  )
  expect(markdown).toContain('⚠️ drifted | mode: expected <code>0600</code>, found <code>0644</code> |')
  expect(markdown).toContain('❓ unknown | the daemon did not answer |')
})

it('says clearly that a dry run changed nothing', () => {
  const markdown = renderMarkdown(sampleReport({ dryRun: true }))
  expect(markdown).toMatch(/^## 🔍 yourbrand: would ship\n/)
  expect(markdown).toContain('**Dry run: nothing was changed.**')
  expect(markdown).toContain('What would ship: 4 files')
  expect(markdown).toContain('would change and be reloaded')
  expect(markdown).not.toContain('What shipped')
})

it('lists releases in a table, and makes no link of what is not an address', () => {
  const line = { lane: 'app' as const, at: '2026-11-22T10:00:00Z', by: 'octocat', commit: '4f6a1c0de9b28a77' }
  const releases = [
    { ...line, id: 'r2', state: 'live' as const, run: 'https://github.com/acme/tenants/actions/runs/7' },
    { ...line, id: 'r1', state: 'rolled back' as const, run: 'javascript:alert(1)', commit: null }
  ]
  const markdown = renderMarkdown(sampleReport({ command: 'releases', lanes: [], releases }))
  expect(markdown).toContain('| app | <code>r2</code> | **live** |')
  expect(markdown).toContain('<code>4f6a1c0de9b2</code> | [run](https://github.com/acme/tenants/actions/runs/7) |')
  expect(markdown).not.toContain('](javascript')
})

describe('hostile text', () => {
  const lane = sampleLane('app', {
    files: { created: hostileNames, changed: hostileNames, deleted: hostileNames, bytes: 1 },
    warnings: hostileNames,
    steps: hostileNames.map((name) => ({ name, ms: 1, outcome: 'done', note: name })),
    probes: hostileNames.map((name) => ({ url: name, ms: 1, ok: false, note: name })),
    findings: hostileNames.map((name) => ({
      address: name,
      verdict: 'drifted',
      differences: [{ attribute: name, expected: name, actual: name }]
    })),
    failure: {
      step: hostileNames.join(''),
      kind: 'build',
      message: hostileNames.join('\n'),
      where: '`</code>',
      log: hostileNames.join('\n')
    }
  })
  const markdown = renderMarkdown(
    sampleReport({ tenant: '<b>', host: '`h`', by: '@octocat', run: 'x](y', lanes: [lane] })
  )

  it('opens no tag and leaves every fence and fold closed', () => expectClosed(markdown))

  it('has no character that hides or reorders others', () => {
    expect(markdown).not.toMatch(unseen)
  })

  it('keeps the cells of its tables', () => {
    const rows = markdown.split('\n').filter((line) => line.startsWith('| ✅ <code>') || line.startsWith('| ❌ <code>'))
    expect(rows).toHaveLength(hostileNames.length)
    for (const row of rows) expect(row.split('|')).toHaveLength(6)
  })
})

describe('very many files', () => {
  const many = Array.from(
    { length: 20_000 },
    (_, at) => `folder ${at % 700}/depth ${at % 7}/日本語 ${'x'.repeat(200)} ${at}.html`
  )
  const report = sampleReport({ lanes: [sampleLane('marketing', { files: { ...noFiles, created: many } })] })

  it.each([undefined, 65_536, 8_192, 1_500])('stay below a cap of %s bytes, and the rest is counted', (maxBytes) => {
    const markdown = renderMarkdown(report, { maxBytes })
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(maxBytes ?? 900 * 1024)
    expect(markdown).toContain('## ✅ yourbrand')
    expectClosed(markdown)
    if (maxBytes !== 1_500) expect(shownAndHidden(markdown)).toBe(20_000)
    else expect(markdown).toMatch(/None of them are listed|left out/)
  })
})

it.each([
  [10_000, '| name |\n| --- |\n', '… and 50 more'],
  [900, '| name |\n| --- |\n', '… and 218 more'],
  [45, '_250 rows left out: there is no room._', 'room._'],
  [10, '', '']
])('lists in %i bytes as many rows as fit, and counts the others', (bytes, start, end) => {
  const names = Array.from({ length: 250 }, (_, at) => `the name of row ${at}`)
  const table = fittedTable(['name'], names, (name) => [name])(bytes)
  expect(Buffer.byteLength(table)).toBeLessThanOrEqual(bytes)
  expect(table.slice(0, start.length)).toBe(start)
  expect(table.slice(table.length - end.length)).toBe(end)
})

it('keeps the end of an endless log within the cap', () => {
  const log = Array.from({ length: 100_000 }, (_, at) => `line ${at} ${'`'.repeat(at % 9)}`).join('\n')
  const failure = { step: 'build', kind: 'build' as const, message: 'no', log }
  for (const maxBytes of [900 * 1024, 6_000]) {
    const markdown = renderMarkdown(
      sampleReport({ outcome: 'failed', lanes: [sampleLane('app', { ...failedLane, failure })] }),
      { maxBytes }
    )
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(maxBytes)
    expect(markdown).toContain('line 99999')
    expect(markdown).toContain('earlier lines are not shown')
    expectClosed(markdown)
  }
})

function shownAndHidden(markdown: string): number {
  const number = (text: string | undefined) => Number((text ?? '0').replaceAll(',', ''))
  let files = 0
  for (const line of markdown.split('\n')) {
    if (/^\+ .*html$|^\+ .*…$/.test(line)) files++
    files += number(/^ {2}… ([\d,]+) more files? of/.exec(line)?.[1])
    files += number(/^ {2}… [\d,]+ more folders? with ([\d,]+) files?/.exec(line)?.[1])
  }
  return files
}
