import { asRoot, collectorOf, connect, secretsFor, templatesFor } from './access.ts'
import { commands } from './commands.ts'
import { failureOf } from './deploy/failure.ts'
import type { Shipment } from './deploy/shipment.ts'
import { asTenantError, ExitCode, TenantError } from './errors.ts'
import type { Remote } from './remote/remote.ts'
import { redaction } from './redaction.ts'
import type { LaneName, Report, Tell } from './report/report.ts'
import type { Request } from './request.ts'
import { readAhead } from './source/ahead.ts'
import type { Sourcing } from './source/sourcing.ts'
import { layout } from './tenant/layout.ts'
import { loadTenant } from './tenant/load.ts'
import type { Tenant } from './tenant/schema.ts'

export interface Outcome {
  report: Report
  /** What ended the run, for whoever wants the stack. */
  error: TenantError | null
}

/** Does what the request asks. It does not throw: what goes wrong is in the report, with the exit code. */
export async function run(request: Request, tell: Tell, signal: AbortSignal): Promise<Outcome> {
  const began = performance.now()
  const report = emptyReport(request)
  let error: TenantError | null = null
  let step = 'read the manifest'
  const told = redaction.telling(tell)
  try {
    const loaded = loadTenant(request.repository, request.tenant)
    const { tenant, host } = { ...loaded, host: asRoot(request, loaded.host) }
    report.host = host.name
    const secrets = secretsFor(request, host)
    const lanes = chosenLanes(request, tenant)
    const { repository, environment, gitServer, runsBuilds } = request
    const from = { tenant, repository, secrets: secrets.of(tenant), environment, gitServer, runsBuilds }
    const sourcing = { ...from, tell: told.tell, signal }
    const ahead = request.command === 'deploy' ? readAhead(sourcing, lanes) : {}
    step = 'connect'
    await using remote = await connect(request, host, signal, looksOnly(request) ? 'look' : 'act')
    const shipment = shipmentOf(request, { ...sourcing, host, ahead }, remote)
    step = request.command
    error = await commands[request.command](request, shipment, lanes, report)
  } catch (thrown) {
    error = asTenantError(thrown)
    report.failure = failureOf(error, step)
  }
  told.end()
  return concluded(report, error, began)
}

/** Says in the report how it went, and how long it took since `began` (of `performance.now()`); no secret is left in it. */
export function concluded(report: Report, error: TenantError | null, began: number): Outcome {
  redaction.report(report)
  report.ms = Math.round(performance.now() - began)
  report.changed = hasChanged(report)
  report.outcome = error !== null ? 'failed' : report.changed ? 'changed' : 'unchanged'
  report.exitCode = error?.exitCode ?? (!report.dryRun && hasDrift(report) ? ExitCode.drift : ExitCode.ok)
  return { report, error }
}

function shipmentOf(request: Request, source: Sourcing & Pick<Shipment, 'host' | 'ahead'>, remote: Remote): Shipment {
  const { identity, dryRun } = request
  return {
    ...source,
    layout: layout(source.host, source.tenant),
    remote,
    templates: templatesFor(request),
    collector: collectorOf(request),
    identity,
    dryRun,
    absent: { account: false, database: false },
    placed: []
  }
}

function looksOnly({ command, dryRun }: Request): boolean {
  return dryRun || command === 'releases' || command === 'backups'
}

export function chosenLanes(request: Pick<Request, 'lanes'>, tenant: Tenant): LaneName[] {
  // The app goes first: the marketing site is staged with the widget that the live app serves.
  const present = (['app', 'marketing'] as const).filter((lane) => tenant[lane] !== undefined)
  if (request.lanes === 'all') return present
  if (present.includes(request.lanes)) return [request.lanes]
  throw new TenantError('usage', `the tenant ${tenant.name} has no ${request.lanes} lane`, {
    where: `tenants/${tenant.name}/tenant.yml`,
    remedy: `use ${present.join(' or ')}`
  })
}

export function emptyReport(request: Request): Report {
  return {
    tenant: request.tenant,
    host: '',
    command: request.command,
    dryRun: request.dryRun,
    outcome: 'unchanged',
    changed: false,
    exitCode: ExitCode.ok,
    ...request.identity,
    startedAt: new Date().toISOString(),
    ms: 0,
    provision: null,
    lanes: [],
    backup: null,
    restore: null,
    backups: [],
    releases: [],
    review: null,
    failure: null
  }
}

function hasChanged({ provision, lanes, backup, restore }: Report): boolean {
  const restored = restore !== null && (restore.failure === null || restore.replaced !== null)
  return (provision?.changed ?? false) || lanes.some(({ changed }) => changed) || backup?.made != null || restored
}

function hasDrift({ provision, lanes }: Report): boolean {
  const findings = [...(provision?.findings ?? []), ...lanes.flatMap((lane) => lane.findings)]
  return findings.some(({ verdict }) => verdict !== 'in-sync')
}
