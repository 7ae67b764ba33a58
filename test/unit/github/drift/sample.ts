import type {
  DoctorFinding,
  DoctorHost,
  DoctorReport,
  DoctorTenant,
  Health
} from '../../../../src/report/doctor-report.ts'

/** A finding of the tenant `yourbrand`; tests change what they are about. */
export function finding(changes: Partial<DoctorFinding> = {}): DoctorFinding {
  return {
    tenant: 'yourbrand',
    host: 'web-1',
    address: 'app.environment',
    verdict: 'drifted',
    differences: [{ attribute: 'mode', expected: '0640', actual: '0644' }],
    remedy: 'tenant deploy yourbrand app',
    consequences: [],
    ...changes
  }
}

/** Why the host `web-1` could not be looked at. */
export const noAnswer = 'web-1 does not answer on port 22'

export function hostFinding(changes: Partial<DoctorFinding> = {}): DoctorFinding {
  return finding({
    tenant: null,
    address: 'host.connection',
    verdict: 'unknown',
    differences: [],
    cause: noAnswer,
    remedy: 'start the host',
    ...changes
  })
}

export function tenantOf(tenant: string, health: Health, host = 'web-1'): DoctorTenant {
  return { tenant, host, health, checked: 20 }
}

export function hostOf(host: string, health: Health): DoctorHost {
  return { host, health, checked: 5, ms: 400 }
}

/** A report on `yourbrand`, which is in sync, on `web-1`; with findings of it, it has drifted. */
export function doctorReport(findings: DoctorFinding[] = [], changes: Partial<DoctorReport> = {}): DoctorReport {
  return {
    command: 'doctor',
    tenants: [tenantOf('yourbrand', findings.length > 0 ? 'drifted' : 'in-sync')],
    hosts: [hostOf('web-1', 'in-sync')],
    findings,
    exitCode: findings.length > 0 ? 1 : 0,
    commit: null,
    by: 'schedule',
    run: 'https://github.com/acme/tenants/actions/runs/7',
    startedAt: '2026-11-26T02:00:00Z',
    ms: 900,
    failure: null,
    ...changes
  }
}
