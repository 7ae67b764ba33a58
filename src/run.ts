import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { deployApp } from './deploy/app.ts'
import { lock, type HeldLock } from './deploy/lock.ts'
import { deployMarketing } from './deploy/marketing.ts'
import type { Recorder } from './deploy/recorder.ts'
import { releaseLines, rollbackTarget } from './deploy/release.ts'
import { releases } from './deploy/releases.ts'
import { rollbackLane } from './deploy/rollback.ts'
import type { Shipment } from './deploy/shipment.ts'
import { asTenantError, ExitCode, TenantError } from './errors.ts'
import { Connection } from './remote/connection.ts'
import { connectSsh } from './remote/ssh.ts'
import { Redaction } from './redaction.ts'
import type { LaneName, Report, Tell } from './report/report.ts'
import type { Request } from './request.ts'
import { parseSecrets } from './secrets.ts'
import { layout } from './tenant/layout.ts'
import type { Host } from './tenant/host.ts'
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
  const report: Report = {
    tenant: request.tenant,
    host: '',
    command: request.command,
    dryRun: request.dryRun,
    outcome: 'unchanged',
    exitCode: ExitCode.ok,
    ...request.identity,
    startedAt: new Date().toISOString(),
    ms: 0,
    lanes: [],
    releases: [],
    failure: null
  }
  let error: TenantError | null = null
  let step = 'read the manifest'
  const redaction = new Redaction()
  try {
    const { tenant, host } = loadTenant(request.repository, request.tenant)
    report.host = host.name
    const lanes = chosenLanes(request, tenant)
    step = 'connect'
    await using remote = new Connection(await connect(request, host, signal), {
      path: host.path,
      collector: readFileSync(request.program.collector, 'utf8'),
      signal
    })
    const told: Tell = (progress) => tell(redaction.progress(progress))
    const shipment = shipmentOf(request, { tenant, host }, remote, told, signal)
    redaction.add([...Object.values(shipment.secrets), request.sshKey ?? ''])
    step = request.command
    if (request.command === 'releases') await listReleases(shipment, lanes, report)
    else error = await ship(request, shipment, lanes, report)
  } catch (thrown) {
    error = asTenantError(thrown)
    report.failure = {
      step,
      kind: error.kind,
      message: error.message,
      ...given({ where: error.where, remedy: error.remedy, log: error.log })
    }
  }
  redaction.report(report)
  if (error?.stack !== undefined) error.stack = redaction.text(error.stack)
  report.ms = Math.round(performance.now() - began)
  report.outcome = error !== null ? 'failed' : report.lanes.some(({ changed }) => changed) ? 'changed' : 'unchanged'
  report.exitCode = error?.exitCode ?? (!report.dryRun && hasDrift(report) ? ExitCode.drift : ExitCode.ok)
  return { report, error }
}

async function ship(
  request: Request,
  shipment: Shipment,
  lanes: LaneName[],
  report: Report
): Promise<TenantError | null> {
  const { identity, layout, remote, tell, signal } = shipment
  const holder = {
    by: identity.by,
    host: request.machine,
    command: `${request.command} ${request.lanes}`,
    run: identity.run,
    at: new Date().toISOString()
  }
  // A dry run only looks, so it neither waits nor makes anybody wait.
  const held = request.dryRun ? null : await lock(remote, layout, holder, { waitMs: request.waitMs, tell, signal })
  try {
    if (request.command === 'rollback') for (const lane of lanes) rollbackTarget(lane, await releases(shipment, lane))
    for (const lane of lanes) {
      const { report: done, error } = await shipLane(request, shipment, held, lane)
      if (error !== null) halfDone(report, error)
      report.lanes.push(done)
      if (error !== null) return error
    }
    return await restage(request, shipment, held, lanes, report)
  } finally {
    await held?.[Symbol.asyncDispose]()
  }
}

function shipLane(request: Request, shipment: Shipment, held: HeldLock | null, lane: LaneName): Promise<Recorder> {
  if (request.command === 'rollback') return rollbackLane(shipment, held, lane)
  return lane === 'app' ? deployApp(shipment, held) : deployMarketing(shipment, held, { widgetOnly: false })
}

/** The widget that the marketing site shows is the one that the live app builds, also after a change to the app alone. */
async function restage(
  request: Request,
  shipment: Shipment,
  held: HeldLock | null,
  lanes: LaneName[],
  report: Report
): Promise<TenantError | null> {
  const deployedMarketing = lanes.includes('marketing') && request.command === 'deploy'
  if (held === null || deployedMarketing || !lanes.includes('app') || shipment.tenant.marketing?.widget === undefined)
    return null
  const { current } = await releases(shipment, 'marketing')
  if (current === null) return null
  const { report: done, error } = await deployMarketing(shipment, held, { widgetOnly: true })
  if (error !== null) halfDone(report, error)
  if (done.changed || error !== null) report.lanes.push(done)
  return error
}

/** Where a lane before the failed one has shipped, visitors do not see what they saw before. */
function halfDone(report: Report, error: TenantError): void {
  if (report.lanes.some(({ changed }) => changed)) error.needsPerson = true
}

async function listReleases(shipment: Shipment, lanes: LaneName[], report: Report): Promise<void> {
  for (const lane of lanes) report.releases.push(...releaseLines(lane, await releases(shipment, lane)))
}

async function connect(request: Request, host: Host, signal: AbortSignal) {
  signal.throwIfAborted()
  const privateKey =
    request.sshKey ?? (host.key_file === undefined ? undefined : readLocal(request, host.key_file, 'key_file'))
  return connectSsh({
    address: host.address,
    port: host.port,
    user: host.user,
    hostKeys: host.host_key,
    privateKey,
    ...(request.agent === null ? {} : { agent: request.agent })
  })
}

function shipmentOf(
  request: Request,
  { tenant, host }: { tenant: Tenant; host: Host },
  remote: Connection,
  tell: Tell,
  signal: AbortSignal
): Shipment {
  const { repository, environment, gitServer, identity, dryRun } = request
  const own = join(repository, 'templates')
  return {
    host: host.ca_file === undefined ? host : { ...host, ca_file: resolve(repository, host.ca_file) },
    tenant,
    layout: layout(host, tenant),
    remote,
    repository,
    templates: existsSync(join(own, 'nginx')) ? own : request.program.templates,
    secrets: request.secrets ?? secretsFile(request, host),
    environment,
    gitServer,
    identity,
    dryRun,
    tell,
    signal
  }
}

function secretsFile(request: Request, host: Host): Record<string, string> {
  if (host.secrets_file === undefined) return {}
  return parseSecrets(readLocal(request, host.secrets_file, 'secrets_file'), host.secrets_file)
}

function readLocal(request: Request, path: string, key: string): string {
  try {
    return readFileSync(resolve(request.repository, path), 'utf8')
  } catch (thrown) {
    throw new TenantError('secret', `${path} can't be read: ${(thrown as NodeJS.ErrnoException).code}`, {
      where: `${key} of the host`,
      remedy: 'correct the path, or the rights of the file',
      cause: thrown
    })
  }
}

function chosenLanes(request: Request, tenant: Tenant): LaneName[] {
  // The app goes first: the marketing site is staged with the widget that the live app serves.
  const present = (['app', 'marketing'] as const).filter((lane) => tenant[lane] !== undefined)
  if (request.lanes === 'all') return present
  if (present.includes(request.lanes)) return [request.lanes]
  throw new TenantError('usage', `the tenant ${tenant.name} has no ${request.lanes} lane`, {
    where: `tenants/${tenant.name}/tenant.yml`,
    remedy: `use ${present.join(' or ')}`
  })
}

function hasDrift(report: Report): boolean {
  return report.lanes.some(({ findings }) => findings.some(({ verdict }) => verdict !== 'in-sync'))
}

function given(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  ) as Record<string, string>
}
