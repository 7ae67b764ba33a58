import type { DoctorFinding, DoctorHost, DoctorReport, DoctorTenant } from '../../../src/report/doctor-report.ts'

/** Two hosts: on one a tenant drifted, the other could not be looked at. Tests change what they are about. */
export function sampleDoctor(changes: Partial<DoctorReport> = {}): DoctorReport {
  return {
    command: 'doctor',
    tenants: [
      sampleTenant('harbour'),
      sampleTenant('yourbrand', { health: 'drifted' }),
      sampleTenant('otherbrand', { host: 'beta', health: 'unknown', checked: 0 })
    ],
    hosts: [sampleHost('alpha'), sampleHost('beta', { health: 'unknown', checked: 0 })],
    findings: [environmentFinding, siteFinding, unknownFinding],
    exitCode: 1,
    commit: '4f6a1c0de9b28a7756e01d3f7f7c3b1f9a2e8d44',
    by: 'octocat',
    run: 'https://github.com/acme/tenants/actions/runs/7',
    startedAt: '2026-11-22T10:00:00Z',
    ms: 12_320,
    failure: null,
    ...changes
  }
}

export function sampleTenant(tenant: string, changes: Partial<DoctorTenant> = {}): DoctorTenant {
  return { tenant, host: 'alpha', health: 'in-sync', checked: 31, ...changes }
}

export function sampleHost(host: string, changes: Partial<DoctorHost> = {}): DoctorHost {
  return { host, health: 'in-sync', checked: 12, ms: 3_210, ...changes }
}

/** Nothing differs. */
export function inSyncDoctor(tenants: DoctorTenant[], hosts: DoctorHost[]): DoctorReport {
  return sampleDoctor({ tenants, hosts, findings: [], exitCode: 0 })
}

export const environmentFinding: DoctorFinding = {
  tenant: 'yourbrand',
  host: 'alpha',
  address: 'app.environment',
  verdict: 'drifted',
  differences: [{ attribute: 'mode', expected: '0600', actual: '0644' }],
  remedy: 'tenant deploy yourbrand app',
  consequences: []
}

export const siteFinding: DoctorFinding = {
  tenant: 'yourbrand',
  host: 'alpha',
  address: 'app.site',
  verdict: 'drifted',
  differences: [{ attribute: 'content', expected: '1f0c9e', actual: '77ab02' }],
  diff: '--- live\n+++ desired\n@@ -1,2 +1,2 @@\n server {\n-  keepalive_timeout 5s;\n+  keepalive_timeout 65s;\n',
  remedy: 'see who edited the file by hand, and then:\ntenant deploy yourbrand',
  consequences: [
    { tenant: 'yourbrand', address: 'app.public.health', summary: 'answers 502' },
    { tenant: 'yourbrand', address: 'app.public.release', summary: 'an older release answers' }
  ]
}

export const unknownFinding: DoctorFinding = {
  tenant: null,
  host: 'beta',
  address: 'host.connection',
  verdict: 'unknown',
  differences: [],
  cause: 'the host did not answer\nssh: connect to 192.0.2.7 port 22\nssh: timed out after 10 s',
  remedy: 'see whether the host is up',
  consequences: [{ tenant: 'otherbrand', address: 'account', summary: 'not looked at' }]
}

/** Has each of the names wherever a report has text. */
export function hostileDoctor(names: string[]): DoctorReport {
  const all = names.join('\n')
  const findings = names.map((name): DoctorFinding => ({
    tenant: name,
    host: name,
    address: name,
    verdict: 'unknown',
    differences: [{ attribute: name, expected: name, actual: name }],
    diff: all,
    cause: all,
    remedy: all,
    consequences: [
      { tenant: name, address: name, summary: name },
      { tenant: null, address: name, summary: all }
    ]
  }))
  return sampleDoctor({
    tenants: names.map((name) => sampleTenant(name, { host: name, health: 'unknown' })),
    hosts: names.map((name) => sampleHost(name, { health: 'drifted' })),
    findings,
    by: names[0]!,
    commit: all,
    run: 'x](y',
    failure: { step: all, kind: 'internal', message: all, where: all, remedy: all, log: all }
  })
}
