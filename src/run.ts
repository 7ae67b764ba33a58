import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commands } from './commands.ts'
import { failureOf } from './deploy/failure.ts'
import type { Shipment } from './deploy/shipment.ts'
import { asTenantError, ExitCode, TenantError } from './errors.ts'
import { Connection } from './remote/connection.ts'
import { openTransport, type Way } from './remote/open.ts'
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
  const report = emptyReport(request)
  let error: TenantError | null = null
  let step = 'read the manifest'
  const redaction = new Redaction()
  try {
    const { tenant, host } = asRoot(request, loadTenant(request.repository, request.tenant))
    report.host = host.name
    const lanes = chosenLanes(request, tenant)
    step = 'connect'
    await using remote = await connect(request, host, signal)
    const told: Tell = (progress) => tell(redaction.progress(progress))
    const shipment = shipmentOf(request, { tenant, host }, remote, told, signal)
    redaction.add([...Object.values(shipment.secrets), request.sshKey ?? ''])
    step = request.command
    error = await commands[request.command](request, shipment, lanes, report)
  } catch (thrown) {
    error = asTenantError(thrown)
    report.failure = failureOf(error, step)
  }
  redaction.report(report)
  if (error?.stack !== undefined) error.stack = redaction.text(error.stack)
  report.ms = Math.round(performance.now() - began)
  report.changed = hasChanged(report)
  report.outcome = error !== null ? 'failed' : report.changed ? 'changed' : 'unchanged'
  report.exitCode = error?.exitCode ?? (!report.dryRun && hasDrift(report) ? ExitCode.drift : ExitCode.ok)
  return { report, error }
}

async function connect(request: Request, host: Host, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted()
  const user = request.user ?? host.user
  const collector = readFileSync(request.program.collector, 'utf8')
  const options = { path: host.path, privilege: host.privilege, user, collector, signal }
  return new Connection(await openTransport(wayTo(request, host, user)), options)
}

function wayTo(request: Request, host: Host, user: string): Way {
  if (host.kind === 'local') return { kind: 'local', user }
  const privateKey =
    request.sshKey ?? (host.key_file === undefined ? undefined : readLocal(request, host.key_file, 'key_file'))
  return {
    kind: 'ssh',
    address: host.address,
    port: host.port,
    user,
    hostKeys: host.host_key,
    privateKey,
    ...(request.agent === null ? {} : { agent: request.agent })
  }
}

/** Root needs nobody's leave to become another account. */
function asRoot(request: Request, loaded: { tenant: Tenant; host: Host }): { tenant: Tenant; host: Host } {
  if (request.user !== 'root') return loaded
  return { ...loaded, host: { ...loaded.host, privilege: 'root' } }
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
    absent: { account: false, database: false },
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

function emptyReport(request: Request): Report {
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
