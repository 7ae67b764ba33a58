import { describe, expect, it } from 'vitest'
import { findingBlocks } from '../../../src/report/doctor-finding.ts'
import { renderDoctorMarkdown } from '../../../src/report/doctor-markdown.ts'
import type { DoctorReport } from '../../../src/report/doctor-report.ts'
import { fit } from '../../../src/report/markdown-parts.ts'
import { expectClosed, unseen } from './closed.ts'
import {
  environmentFinding,
  hostileDoctor,
  inSyncDoctor,
  sampleDoctor,
  sampleHost,
  sampleTenant,
  siteFinding,
  unknownFinding
} from './doctor-sample.ts'
import { hostileNames } from './sample.ts'

const list = <T>(length: number, item: (at: number) => T) => Array.from({ length }, (_, at) => item(at))
const rowsOf = (markdown: string) => markdown.split('\n').filter((line) => /^\| (?:<code>|_the host)/.test(line))

describe('a fleet of which some drifted', () => {
  const markdown = renderDoctorMarkdown(sampleDoctor())

  it('is told in a heading', () => {
    expect(markdown).toMatch(
      /^## ⚠️ 3 tenants on 2 hosts: 1 tenant drifted, 1 tenant and 1 host unknown; 3 findings\n\n/
    )
    expect(markdown).toContain('12 s · exit code 1: something is not as it should be · [workflow run](https://')
  })

  it('has a row for each tenant and host, and what is not in sync comes first', () => {
    expect(rowsOf(markdown).slice(0, 5)).toEqual([
      '| <code>yourbrand</code> | <code>alpha</code> | ⚠️ drifted | 31 | 2 | <code>app.environment</code>, <code>app.site</code> |',
      '| _the host itself_ | <code>beta</code> | ❓ unknown | 0 | 1 | <code>host.connection</code> unknown |',
      '| <code>otherbrand</code> | <code>beta</code> | ❓ unknown | 0 | 0 | because of <code>host.connection</code> unknown |',
      '| _the host itself_ | <code>alpha</code> | ✅ in sync | 12 | 0 |  |',
      '| <code>harbour</code> | <code>alpha</code> | ✅ in sync | 31 | 0 |  |'
    ])
  })

  it('has a fold of findings for each that has some', () => {
    expect(markdown.match(/^<details><summary>[⚠❓].*/gm)).toEqual([
      '<details><summary>⚠️ <code>yourbrand</code> on <code>alpha</code>: 2 findings</summary>',
      '<details><summary>❓ host <code>beta</code>: 1 finding</summary>'
    ])
    expectClosed(markdown)
  })
})

describe('one finding', () => {
  const rendered = (finding = siteFinding, bytes = 10_000) => fit(findingBlocks(finding), bytes)

  it('says what differs, what follows from it, and how to repair it', () => {
    expect(rendered().split('\n')).toEqual([
      '**⚠️ drifted** <code>app.site</code>',
      '',
      '| What | Expected | Found |',
      '| --- | --- | --- |',
      '| content | <code>1f0c9e</code> | <code>77ab02</code> |',
      '',
      '<details><summary>From what is live to what is desired: 6 lines</summary>',
      '',
      '```diff',
      '--- live',
      '+++ desired',
      '@@ -1,2 +1,2 @@',
      ' server {',
      '-  keepalive_timeout 5s;',
      '+  keepalive_timeout 65s;',
      '```',
      '',
      '</details>',
      '',
      'What follows from it, and goes away with it:',
      '',
      '- <code>app.public.health</code>: answers 502',
      '- <code>app.public.release</code>: an older release answers',
      '',
      'Repair: see who edited the file by hand, and then&#58;',
      '',
      '```sh',
      'tenant deploy yourbrand',
      '```',
      ''
    ])
  })

  it('that could not be looked at says why', () => {
    expect(rendered(unknownFinding)).toMatch(
      /^\*\*❓ unknown\*\* <code>host.connection<\/code>: the host did not answer<br>ssh&#58; connect to/
    )
    expect(rendered(unknownFinding)).toContain('- <code>otherbrand account</code>: not looked at\n')
  })

  it('of any size keeps to its room, says what is missing, and how to repair it', () => {
    const differences = list(20_000, (at) => ({ attribute: `a${at}`, expected: 'x', actual: 'y' }))
    const diff = list(20_000, (at) => `+line ${at}`).join('\n')
    const consequences = list(200, (at) => ({ tenant: `t${at}`, address: 'app.public', summary: 'answers 502' }))
    const finding = { ...siteFinding, differences, diff, consequences }
    for (const bytes of [100_000, 10_000, 3_000, 1_200]) {
      const markdown = rendered(finding, bytes)
      expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(bytes)
      expect(markdown).toMatch(/… and 19,9\d\d more\n|20,000 rows left out/)
      expect(markdown).toMatch(/… 1[89],\d\d\d more lines not shown\n|20,000 lines, left out/)
      expect(markdown).toMatch(/^- … and 190 more$|1 part of this report left out/m)
      expect(markdown).toContain('```sh\ntenant deploy yourbrand\n```')
      expectClosed(markdown)
    }
  })
})

it('is open where there is one tenant to read about', () => {
  const tenants = [sampleTenant('yourbrand', { health: 'drifted' })]
  const report = sampleDoctor({ tenants, hosts: [sampleHost('alpha')], findings: [environmentFinding] })
  const markdown = renderDoctorMarkdown(report)
  expect(markdown).toMatch(/^## ⚠️ yourbrand on alpha: the tenant drifted; 1 finding\n/)
  expect(markdown).toContain(
    '<details open><summary>⚠️ <code>yourbrand</code> on <code>alpha</code>: 1 finding</summary>'
  )
})

describe('with everything in sync', () => {
  it('is a table', () => {
    const markdown = renderDoctorMarkdown(inSyncDoctor([sampleTenant('harbour')], [sampleHost('alpha')]))
    expect(markdown).toMatch(/^## ✅ harbour on alpha: all in sync\n/)
    expect(rowsOf(markdown)).toHaveLength(2)
    expect(markdown).not.toContain('<details')
  })

  it('folds a long table below what is not', () => {
    const tenants = [...list(256, (at) => sampleTenant(`t${at}`)), sampleTenant('yourbrand', { health: 'drifted' })]
    const report = sampleDoctor({ tenants, hosts: [sampleHost('alpha')], findings: [environmentFinding] })
    const markdown = renderDoctorMarkdown(report)
    expect(rowsOf(markdown)).toHaveLength(258)
    expect(rowsOf(markdown)[0]).toContain('yourbrand')
    const fold = markdown.indexOf('<details><summary>In sync: 256 tenants and 1 host</summary>')
    expect(fold).toBeGreaterThan(markdown.indexOf('tenant deploy yourbrand app'))
    expectClosed(markdown)
  })
})

it('says that nothing was looked at, and why', () => {
  const failure = { step: 'read the manifest', kind: 'manifest' as const, message: 'a.yml:3:7: taken' }
  const none = { tenants: [], hosts: [], findings: [] }
  const markdown = renderDoctorMarkdown(sampleDoctor({ ...none, exitCode: 64, failure }))
  expect(markdown).toMatch(/^## ❌ doctor: failed\n/)
  expect(markdown).toContain('exit code 64: bad usage or configuration; nothing was looked at')
  expect(markdown).toContain('### ❌ read the manifest failed\n\n**a.yml&#58;3&#58;7&#58; taken**')
  expect(renderDoctorMarkdown(sampleDoctor(none))).toMatch(/^## ❓ doctor: nothing was looked at\n/)
})

describe('256 tenants with 50 findings each', () => {
  const tenants = list(256, (at) => sampleTenant(`tenant-${at}`, { health: 'drifted' }))
  const findings = tenants.flatMap(({ tenant }, at) =>
    list(50, (address) => ({
      ...siteFinding,
      tenant,
      address: `app.thing${address}`,
      differences:
        at + address === 0
          ? list(20_000, (one) => ({ attribute: `日本語 ${one}`, expected: 'x'.repeat(300), actual: '`'.repeat(300) }))
          : siteFinding.differences
    }))
  )
  const report = sampleDoctor({ tenants, hosts: [sampleHost('alpha')], findings })

  it.each([undefined, 65_536, 8_192, 1_500])('stay below %s bytes, and the rest is counted', (maxBytes) => {
    const markdown = renderDoctorMarkdown(report, { maxBytes })
    expect(Buffer.byteLength(markdown)).toBeLessThanOrEqual(maxBytes ?? 900 * 1024)
    expect(markdown).toMatch(/^## ⚠️ 256 tenants on 1 host: 256 tenants drifted; 12,800 findings\n/)
    expectClosed(markdown)
    expect(counted(markdown, rowsOf(markdown).length, /^… and ([\d,]+) more$/m)).toBe(257)
    const folds = markdown.match(/^<details><summary>⚠️ .* 50 findings<\/summary>$/gm) ?? []
    expect(counted(markdown, folds.length, /^_The findings of ([\d,]+) more are left out/m)).toBe(256)
    if (maxBytes !== undefined) return
    for (const fold of markdown.split(/^<details><summary>⚠️ /m).slice(1)) {
      const shown = fold.match(/^\*\*⚠️ drifted\*\*/gm)?.length ?? 0
      expect(shown).toBeGreaterThan(0)
      expect(counted(fold, shown, /^_… and ([\d,]+) more findings_$/m)).toBe(50)
    }
  })
})

/** What is shown, and what a line says is not. */
function counted(markdown: string, shown: number, rest: RegExp): number {
  return shown + Number((rest.exec(markdown)?.[1] ?? '0').replaceAll(',', ''))
}

describe('hostile text', () => {
  const report: DoctorReport = hostileDoctor(hostileNames)
  const markdown = renderDoctorMarkdown(report)

  it('opens no tag, hides nothing, and leaves every fence and fold closed', () => {
    expectClosed(markdown)
    expect(markdown).not.toMatch(unseen)
    expect(markdown).not.toContain('](y')
  })

  it('keeps the cells of its tables', () => {
    const rows = rowsOf(markdown).filter((row) => /⚠️|❓/.test(row))
    expect(rows).toHaveLength(hostileNames.length * 2)
    for (const row of rows) expect(row.split('|')).toHaveLength(8)
  })

  it('stays below a limit', () => {
    const long = hostileDoctor(hostileNames.map((name) => name.repeat(1000)))
    for (const maxBytes of [900 * 1024, 65_536, 8_192]) {
      const shown = renderDoctorMarkdown(long, { maxBytes })
      expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(maxBytes)
      expectClosed(shown)
    }
  })
})
