import type {
  BackupLine,
  BackupReport,
  LaneReport,
  ProvisionReport,
  Report,
  RestoreReport
} from '../../../src/report/report.ts'

/** A deploy of both lanes that went well; tests change what they are about. */
export function sampleReport(changes: Partial<Report> = {}): Report {
  return {
    tenant: 'yourbrand',
    host: 'sandbox',
    command: 'deploy',
    dryRun: false,
    outcome: 'changed',
    changed: true,
    exitCode: 0,
    commit: '4f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
    by: 'octocat',
    run: 'https://github.com/acme/tenants/actions/runs/7',
    startedAt: '2026-11-22T10:00:00Z',
    ms: 48_320,
    provision: null,
    lanes: [sampleLane('app'), sampleLane('marketing')],
    backup: null,
    restore: null,
    backups: [],
    releases: [],
    review: null,
    failure: null,
    ...changes
  }
}

export function sampleLane(lane: 'app' | 'marketing', changes: Partial<LaneReport> = {}): LaneReport {
  const app = lane === 'app'
  return {
    lane,
    release: '20261122-100000-4f6a1c0',
    previous: '20261121-093000-1b2c3d4',
    changed: true,
    url: app ? 'https://booking.yourbrand.test' : 'https://www.yourbrand.test',
    files: {
      created: app ? ['migrations/0003_notes.sql'] : ['pages/winter sale.html', 'assets/img/snow.png'],
      changed: app ? ['src/app/page.tsx', 'package.json'] : ['index.html'],
      deleted: app ? [] : ['assets/img/leaves.png'],
      bytes: 48_213
    },
    uncompared: null,
    steps: [
      { name: 'lock', ms: 12, outcome: 'done' },
      { name: 'sync', ms: 640, outcome: 'done', note: '3 files' },
      { name: 'install', ms: 4, outcome: 'skipped', note: 'the lockfile is what the previous release was built from' },
      { name: 'nginx', ms: 31, outcome: 'unchanged' },
      { name: 'publish', ms: 9, outcome: 'done' }
    ],
    probes: [
      { url: `http://127.0.0.1:4102/api/health`, ms: 210, ok: false, note: 'connection refused' },
      { url: `http://127.0.0.1:4102/api/health`, status: 200, ms: 14, ok: true, note: '20261122-100000-4f6a1c0' }
    ],
    site: {
      path: `/etc/nginx/sites-enabled/yourbrand-${lane}.conf`,
      changed: app,
      reloaded: app,
      diff: app
        ? '--- live\n+++ desired\n@@ -1,2 +1,2 @@\n server {\n-  keepalive_timeout 5s;\n+  keepalive_timeout 65s;'
        : ''
    },
    migrations: app ? { applied: ['0003_notes.sql'], pending: [] } : null,
    env: app ? { added: ['BRAND_NAME'], changed: ['SESSION_SECRET'], removed: [] } : null,
    restarts: app ? true : null,
    fingerprint: null,
    findings: [
      { address: `${lane}/files`, verdict: 'in-sync', differences: [] },
      { address: `${lane}/site`, verdict: 'in-sync', differences: [] }
    ],
    warnings: [],
    failure: null,
    ...changes
  }
}

export const unchangedLane: Partial<LaneReport> = {
  changed: false,
  previous: '20261122-100000-4f6a1c0',
  files: { created: [], changed: [], deleted: [], bytes: 0 },
  steps: [{ name: 'compare', ms: 120, outcome: 'unchanged' }],
  probes: [],
  site: { path: '/etc/nginx/sites-enabled/yourbrand.conf', changed: false, reloaded: false, diff: '' },
  migrations: null,
  env: null
}

export const failedLane: Partial<LaneReport> = {
  changed: false,
  release: '20261121-093000-1b2c3d4',
  findings: [],
  steps: [
    { name: 'sync', ms: 640, outcome: 'done' },
    { name: 'build', ms: 8_123, outcome: 'failed' }
  ],
  failure: {
    step: 'build',
    kind: 'build',
    message: 'the build ended with code 1',
    where: 'deploy@127.0.0.1:2222:/srv/tenants/yourbrand/app/releases/20261122-100000-4f6a1c0',
    remedy: 'repair the build and deploy again; the old release still serves',
    log: '\u001b[31mError\u001b[0m: Cannot find module "./missing"\n```\n::set-output name=x::y\n    at build (next.js:1:1)\n'
  }
}

/** A tenant that was new to its host; its last resource is for a person. */
export function sampleProvision(changes: Partial<ProvisionReport> = {}): ProvisionReport {
  const issuer = { attribute: 'issuer', expected: 'an authority', actual: 'the certificate itself' }
  const owner = { attribute: 'owner of table public.notes', expected: 'yourbrand', actual: 'postgres' }
  return {
    changed: true,
    steps: [
      { name: 'look', ms: 310, outcome: 'done', note: '14 resources' },
      { name: 'account', ms: 212, outcome: 'done', note: 'make the account tenant-yourbrand' },
      { name: 'database.ownership', ms: 95, outcome: 'done', note: 'hand public.notes to yourbrand' },
      { name: 'verify', ms: 420, outcome: 'done' }
    ],
    changes: [
      {
        address: 'account',
        verdict: 'missing',
        differences: [{ attribute: 'account', expected: 'tenant-yourbrand', actual: 'missing' }],
        actions: ['make the group tenant-yourbrand', 'make the account tenant-yourbrand']
      },
      {
        address: 'database.ownership',
        verdict: 'drifted',
        differences: [owner],
        actions: ['hand public.notes to yourbrand']
      },
      {
        address: 'certificate.issued',
        verdict: 'drifted',
        differences: [issuer],
        actions: [],
        remedy: 'put a certificate of an authority at /etc/ssl/tenants/yourbrand.crt'
      }
    ],
    findings: [
      { address: 'account', verdict: 'in-sync', differences: [] },
      { address: 'database.ownership', verdict: 'in-sync', differences: [] },
      { address: 'certificate.issued', verdict: 'drifted', differences: [issuer] }
    ],
    warnings: [],
    failure: null,
    ...changes
  }
}

/** Everything was there already. */
export const inPlace: ProvisionReport = {
  changed: false,
  steps: [{ name: 'look', ms: 310, outcome: 'done' }],
  changes: [],
  findings: [
    { address: 'account', verdict: 'in-sync', differences: [] },
    { address: 'database', verdict: 'in-sync', differences: [] }
  ],
  warnings: [],
  failure: null
}

export function sampleBackupLine(changes: Partial<BackupLine> = {}): BackupLine {
  return {
    id: '20261122T100000Z-yourbrand',
    at: '2026-11-22T10:00:00Z',
    bytes: 48_213,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    by: 'octocat',
    server: '15.18',
    ...changes
  }
}

export function sampleBackup(changes: Partial<BackupReport> = {}): BackupReport {
  return {
    steps: [
      { name: 'dump', ms: 840, outcome: 'done' },
      { name: 'prune', ms: 60, outcome: 'done', note: '2 removed' }
    ],
    made: sampleBackupLine(),
    path: '/srv/tenants/yourbrand/backups/20261122T100000Z-yourbrand.dump',
    copy: './yourbrand.dump',
    removed: ['20261022T100000Z-yourbrand', '20261021T100000Z-yourbrand'],
    failure: null,
    ...changes
  }
}

export function sampleRestore(changes: Partial<RestoreReport> = {}): RestoreReport {
  return {
    steps: [
      { name: 'restore', ms: 1_840, outcome: 'done' },
      { name: 'check', ms: 60, outcome: 'done' },
      { name: 'swap', ms: 90, outcome: 'done' }
    ],
    backup: '20261122T100000Z-yourbrand',
    database: 'yourbrand',
    tables: 14,
    migrations: 3,
    replaced: 'yourbrand_replaced',
    warnings: [],
    failure: null,
    ...changes
  }
}

/** Names that mean something to Markdown, HTML, a terminal or the Actions runner. */
export const hostileNames = [
  'a|b.html',
  '`rm -rf`.txt',
  '```',
  '<img src=x onerror=alert(1)>.png',
  '</details><h1>.html',
  '--><script>.js',
  'line\nbreak.txt',
  '\n::set-output name=changed::false',
  '::error::x',
  '##[group]x',
  '\u001b[2J\u001b[31mred.txt',
  'carriage\rreturn',
  'photo\u202egnp.exe',
  'zero\u200bwidth',
  '@octocat #123 **bold** [x](javascript:alert(1))',
  '-rf',
  'it\'s "quoted" $HOME $(id)',
  'half\ud800surrogate',
  '日本語/ファイル.txt'
]
