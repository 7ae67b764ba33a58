import { asRoot, collectorOf, connect, secretsFor, templatesFor } from './access.ts'
import { diagnose, type Diagnosis, type Ward } from './doctor/diagnose.ts'
import { Sources } from './doctor/shipping.ts'
import { subjectOf, type Subject } from './doctor/subject.ts'
import { failureOf } from './deploy/failure.ts'
import { asTenantError, ExitCode, type TenantError } from './errors.ts'
import { limit } from './facts/limit.ts'
import { redaction } from './redaction.ts'
import type { DoctorFinding, DoctorReport } from './report/doctor-report.ts'
import type { DoctorRequest } from './request.ts'
import { loadTenants, type ChosenTenants } from './tenant/choose.ts'
import type { LoadedTenant } from './tenant/survey.ts'

/** So many hosts are looked at at once. */
const HOSTS = 16
/** So many tenants' sources are read at once: each reads many files. */
const READS = 8

export interface Examined {
  report: DoctorReport
  /** What ended it before anything was looked at, for whoever wants the stack. */
  error: TenantError | null
}

/** Looks at tenants and their hosts. It does not throw: what goes wrong is in the report, with the exit code. */
export async function runDoctor(request: DoctorRequest, signal: AbortSignal): Promise<Examined> {
  const began = performance.now()
  const report = emptyReport(request)
  let error: TenantError | null = null
  try {
    const loaded = loadTenants(request.repository, request.choice)
    if (loaded.chosen.length === 0 && loaded.broken.length > 0) throw loaded.broken[0]!.error
    const wards = await wardsOf(request, loaded, signal)
    const inTurn = limit(HOSTS)
    const diagnoses = await Promise.all(wards.map((ward) => inTurn(() => diagnose(ward))))
    signal.throwIfAborted()
    for (const one of diagnoses) add(report, one)
    for (const one of loaded.broken) addBroken(report, one)
  } catch (thrown) {
    error = asTenantError(thrown)
    report.failure = failureOf(error, 'doctor')
  }
  redaction.report(report)
  report.ms = Math.round(performance.now() - began)
  report.exitCode = error?.exitCode ?? exitCodeOf(report.findings)
  return { report, error }
}

/** Tenants of one host are looked at together. What can't even be described joins the broken ones. */
async function wardsOf(request: DoctorRequest, loaded: ChosenTenants, signal: AbortSignal): Promise<Ward[]> {
  const sources = new Sources(loaded.chosen.length)
  const inTurn = limit(READS)
  const hosts = new Map([...loaded.chosen.map(({ host }) => host), ...loaded.idle].map((host) => [host.name, host]))
  return Promise.all(
    [...hosts.values()].map(async (file): Promise<Ward> => {
      const host = asRoot(request, file)
      const tenants = loaded.chosen.filter((one) => one.host.name === host.name).map(({ tenant }) => tenant)
      const secrets = once(() => secretsFor(request, host))
      const subjects = tenants.map((tenant) =>
        inTurn(async () => {
          try {
            return await subject(request, sources, { tenant, host }, secrets().of(tenant), signal)
          } catch (thrown) {
            signal.throwIfAborted()
            loaded.broken.push({ name: tenant.name, host: host.name, error: asTenantError(thrown) })
            return []
          }
        })
      )
      return {
        host,
        subjects: (await Promise.all(subjects)).flat(),
        // Where a manifest has faults, nobody knows that it is not this host's.
        declared: loaded.declared.filter((one) => one.host === host.name || one.host === null),
        open: () => connect(request, host, signal, 'look'),
        signal
      }
    })
  )
}

/** The same for all who ask; where it throws, it is tried for each. */
function once<T extends object>(find: () => T): () => T {
  let found: T | undefined
  return () => (found ??= find())
}

async function subject(
  request: DoctorRequest,
  sources: Sources,
  { tenant, host }: LoadedTenant,
  secrets: Record<string, string>,
  signal: AbortSignal
): Promise<Subject> {
  const { repository, environment, gitServer } = request
  const from = { tenant, repository, secrets, environment, gitServer }
  const sourcing = { ...from, runsBuilds: false, tell: () => undefined, signal }
  const desire = { host, tenant, templates: templatesFor(request), collector: collectorOf(request), secrets }
  return subjectOf(desire, await sources.of(sourcing))
}

function add(report: DoctorReport, { host, tenants, findings }: Diagnosis): void {
  report.hosts.push(host)
  report.tenants.push(...tenants)
  report.findings.push(...findings)
}

/** A manifest with faults says nothing about the host; the other tenants are looked at all the same. */
function addBroken(report: DoctorReport, { name, host, error }: ChosenTenants['broken'][number]): void {
  const at = host ?? 'unknown'
  report.tenants.push({ tenant: name, host: at, health: 'unknown', checked: 0 })
  report.findings.push({
    tenant: name,
    host: at,
    address: 'manifest',
    verdict: 'unknown',
    differences: [],
    cause: error.message,
    remedy: error.remedy ?? 'tenant check',
    consequences: []
  })
}

/** What could not be looked at outweighs drift: nobody knows what else there is. */
function exitCodeOf(findings: readonly DoctorFinding[]): number {
  if (findings.some(({ verdict }) => verdict === 'unknown')) return ExitCode.failed
  return findings.length > 0 ? ExitCode.drift : ExitCode.ok
}

function emptyReport(request: DoctorRequest): DoctorReport {
  return {
    command: 'doctor',
    tenants: [],
    hosts: [],
    findings: [],
    exitCode: ExitCode.ok,
    ...request.identity,
    startedAt: new Date().toISOString(),
    ms: 0,
    failure: null
  }
}
