import { createHash } from 'node:crypto'
import type { Preview, PullRequestPreview } from '../../../../src/report/preview-report.ts'
import type { LaneReport, ProvisionReport } from '../../../../src/report/report.ts'
import { FINGERPRINT_PARTS, type Fingerprint } from '../../../../src/report/review-report.ts'
import { inPlace, sampleLane } from '../../report/sample.ts'

/** Another for each number. */
export function aFingerprint(of: number): Fingerprint {
  const hash = (part: string) => createHash('sha256').update(`${part} ${of}`).digest('hex').slice(0, 12)
  return Object.fromEntries(FINGERPRINT_PARTS.map((part) => [part, hash(part)])) as unknown as Fingerprint
}

export function manyTenants(count: number): Record<string, { app: Fingerprint; marketing: Fingerprint }> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `tenant-${at}`,
      { app: aFingerprint(2 * at), marketing: aFingerprint(2 * at + 1) }
    ])
  )
}

const noted = { before: 'select 1;', sql: 'alter table bookings\n  add column note text;\n' }

/** A lane as a dry run reports it. */
export function previewedLane(lane: 'app' | 'marketing', changes: Partial<LaneReport> = {}): LaneReport {
  const sample = sampleLane(lane)
  return {
    ...sample,
    probes: [],
    findings: [],
    steps: [{ name: 'compare', ms: 120, outcome: 'done' }],
    site: sample.site === null ? null : { ...sample.site, reloaded: false },
    migrations:
      lane === 'app'
        ? {
            applied: [],
            pending: ['0003_notes.sql'],
            sql: [{ name: '0003_notes.sql', sql: noted.sql, bytes: noted.sql.length }]
          }
        : null,
    fingerprint: aFingerprint(lane === 'app' ? 1 : 2),
    ...changes
  }
}

export function samplePreview(
  changes: Partial<Preview> & { lanesOf?: LaneReport[]; provision?: ProvisionReport } = {}
): Preview {
  const { lanesOf, provision, ...more } = changes
  return {
    tenant: 'yourbrand',
    lanes: ['app', 'marketing'],
    commit: '4f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
    compared: 'host',
    note: null,
    report: {
      host: 'sandbox',
      outcome: 'changed',
      changed: true,
      exitCode: 0,
      run: 'https://github.com/acme/tenants/actions/runs/7',
      provision: provision ?? inPlace,
      lanes: lanesOf ?? [previewedLane('app'), previewedLane('marketing')],
      failure: null
    },
    ...more
  }
}

export function pullRequestPreview(
  previews: Preview[] = [samplePreview()],
  changes: Partial<PullRequestPreview> = {}
): PullRequestPreview {
  return {
    tenants: previews.map((preview) => ({ tenant: preview.tenant, lanes: 'all', preview })),
    commit: '9f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
    run: 'https://github.com/acme/tenants/actions/runs/7',
    complaints: [],
    ...changes
  }
}
