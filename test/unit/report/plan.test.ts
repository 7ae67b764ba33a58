import { describe, expect, it } from 'vitest'
import { renderPlanMarkdown } from '../../../src/report/plan-markdown.ts'
import type { PlannedTenant, PlanReport } from '../../../src/report/plan-report.ts'
import { renderPlanTerminal } from '../../../src/report/plan-terminal.ts'

const folder = { what: 'its folder tenants/acme', lanes: 'all' as const, files: 1, example: 'tenants/acme/tenant.yml' }
const app = { what: "the app's source apps/booking", lanes: 'app' as const, files: 1200, example: 'apps/booking/a.ts' }

function planned(tenant: string, extra: Partial<PlannedTenant> = {}): PlannedTenant {
  const base = { lanes: 'app' as const, host: 'web-1', runsOn: 'ubuntu-latest', canary: false, faulty: false }
  return { tenant, ...base, reasons: [app], ...extra }
}

function report(extra: Partial<PlanReport> = {}): PlanReport {
  return {
    command: 'plan',
    scope: 'push of 2222222, compared with 1111111',
    files: 1201,
    everything: null,
    tenants: [
      planned('acme', { lanes: 'all', canary: true, reasons: [folder, app] }),
      planned('bolt'),
      planned('crux', { faulty: true })
    ],
    known: 12,
    waves: true,
    gone: ['gone'],
    atOnce: 10,
    failures: 3,
    ...extra
  }
}

const terminal = (of: PlanReport) => renderPlanTerminal(of, { color: false, width: 100 })

it('tells on the terminal who is in, and why', () => {
  expect(terminal(report())).toBe(`plan: 3 of 12 tenants, 1 first, 1 with faults in their manifests
push of 2222222, compared with 1111111
1,201 files changed.
10 at once; after 3 failures no other begins.

acme (first): both lanes
  its folder tenants/acme: tenants/acme/tenant.yml
  the app's source apps/booking: 1,200 files, as apps/booking/a.ts

bolt, crux (its manifest has faults): app
  the app's source apps/booking: 1,200 files, as apps/booking/a.ts

taken away: gone. Nothing is deployed for them, and nothing removed: doctor tells what is left.
`)
})

it('tells the same in the job summary', () => {
  const text = renderPlanMarkdown(report())
  for (const part of [
    '3 of 12 tenants',
    '| <code>acme</code> (first) | both lanes | its folder tenants/acme (<code>tenants/acme/tenant.yml</code>)<br>',
    '| <code>bolt</code>, <code>crux</code> ⚠️ its manifest has faults | app |',
    '1,200 files, as <code>apps/booking/a.ts</code>',
    'Taken away: <code>gone</code>'
  ])
    expect(text).toContain(part)
})

it('says that nobody is deployed, and that everything counts as changed', () => {
  expect(terminal(report({ tenants: [], gone: [], files: 1 }))).toContain(
    'plan: nobody is deployed\npush of 2222222, compared with 1111111\n1 file changed; no tenant ships from there.\n'
  )
  expect(renderPlanMarkdown(report({ files: null, everything: 'the branch is new' }))).toContain(
    'Everything counts as changed&#58; the branch is new.'
  )
})

describe('with what is hostile or many', () => {
  const evil = 'a`|<script>\n::set-output name=x::y\u001b[31m\u202e@octocat [x](javascript:y)'

  it('a path is one harmless text', () => {
    const reasons = [{ ...app, files: 2, example: evil }]
    const hostile = report({ tenants: [planned('acme', { reasons })], gone: [evil], scope: evil, everything: evil })
    for (const text of [renderPlanMarkdown(hostile), terminal(hostile)]) {
      expect(text).not.toContain('\u001b')
      expect(text).not.toContain('\u202e')
      expect(text.split('\n').filter((line) => line.startsWith('::'))).toEqual([])
    }
    expect(renderPlanMarkdown(hostile)).not.toMatch(/<script|\[x\]\(|@octocat/)
  })

  it('ten thousand tenants, each for a reason of its own, stay below the limit of a summary', () => {
    const tenants = Array.from({ length: 10_000 }, (_, at) =>
      planned(`tenant-${at}`, { reasons: [{ ...folder, example: `tenants/tenant-${at}/${'x'.repeat(300)}` }] })
    )
    const many = report({ tenants, known: 10_000, gone: tenants.map(({ tenant }) => tenant) })
    const text = renderPlanMarkdown(many)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900 * 1024)
    expect(text).toMatch(/… and [\d,]+ more/)
    expect(text).toContain('and 9,970 more')
    expect(terminal(many).split('\n').length).toBeLessThan(1000)
  })

  it('ten thousand tenants for one reason are one row', () => {
    const many = report({ tenants: Array.from({ length: 10_000 }, (_, at) => planned(`tenant-${at}`)), gone: [] })
    expect(renderPlanMarkdown(many)).toContain('<code>tenant-29</code> and 9,970 more | app |')
    expect(renderPlanMarkdown(many).split('\n').length).toBeLessThan(12)
  })

  it('fits itself into fewer bytes', () => {
    expect(Buffer.byteLength(renderPlanMarkdown(report(), { maxBytes: 600 }))).toBeLessThanOrEqual(600)
  })
})
