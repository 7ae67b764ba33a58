import { backupDatabase } from './backup/backup.ts'
import { listBackups } from './backup/backups.ts'
import { restoreDatabase } from './backup/restore.ts'
import { deployApp } from './deploy/app.ts'
import { lock, type HeldLock } from './deploy/lock.ts'
import { deployMarketing } from './deploy/marketing.ts'
import { provision } from './deploy/provision.ts'
import type { Recorder } from './deploy/recorder.ts'
import { releaseLines, rollbackTarget } from './deploy/release.ts'
import { releases, returnable } from './deploy/releases.ts'
import { rollbackLane } from './deploy/rollback.ts'
import type { Shipment } from './deploy/shipment.ts'
import type { TenantError } from './errors.ts'
import { requireSecrets } from './resources/secrets.ts'
import type { LaneName, Report } from './report/report.ts'
import type { Request } from './request.ts'

type Run = (request: Request, shipment: Shipment, lanes: LaneName[], report: Report) => Promise<TenantError | null>

/** What each command does with a tenant. */
export const commands: Record<Request['command'], Run> = {
  deploy(request, shipment, lanes, report) {
    if (lanes.includes('app')) requireSecrets(shipment)
    return provisionThen(request, shipment, report, 'missing', lanes)
  },
  provision: (request, shipment, lanes, report) => provisionThen(request, shipment, report, 'all', lanes),
  async rollback(request, shipment, lanes, report) {
    // A dry run only looks, so it neither waits nor makes anybody wait.
    await using held = request.dryRun ? null : await takeLock(request, shipment)
    for (const lane of lanes) rollbackTarget(lane, await returnable(shipment, lane))
    return await shipLanes(request, shipment, held, lanes, report)
  },
  async releases(_, shipment, lanes, report) {
    for (const lane of lanes) report.releases.push(...releaseLines(lane, await releases(shipment, lane)))
    return null
  },
  async backup(request, shipment, _, report) {
    const done = await locked(request, shipment, () => backupDatabase(shipment, { output: request.output }))
    report.backup = done.report
    return done.error
  },
  async backups(_, shipment, __, report) {
    report.backups = await listBackups(shipment)
    return null
  },
  async restore(request, shipment, _, report) {
    const done = await locked(request, shipment, () => restoreDatabase(shipment, request.backup ?? ''))
    report.restore = done.report
    return done.error
  }
}

/** What a tenant ships has to have where to go first. */
async function provisionThen(
  request: Request,
  shipment: Shipment,
  report: Report,
  sites: 'all' | 'missing',
  lanes: LaneName[]
): Promise<TenantError | null> {
  const done = await provision(shipment, { sites, lanes, takeLock: () => takeLock(request, shipment) })
  await using held = done.held
  report.provision = done.report
  if (done.error !== null && done.report.failure === null) throw done.error
  if (done.error !== null || request.command === 'provision') return done.error
  const found = {
    ...shipment,
    // Meanwhile somebody may have changed it.
    ahead: held?.waited === true ? {} : (shipment.ahead ?? {}),
    placed: done.placed,
    ...(request.dryRun && { absent: done.absent })
  }
  const error = await shipLanes(request, found, held, lanes, report)
  // The release that still serves has the password of before.
  if (error !== null && done.rotated) error.needsPerson = true
  return error
}

async function locked<T>(request: Request, shipment: Shipment, work: () => Promise<T>): Promise<T> {
  await using held = await takeLock(request, shipment)
  held.assertHeld()
  // Without the await the lock would be let go before the work is done.
  return await work()
}

function takeLock(request: Request, { identity, layout, remote, tell, signal }: Shipment): Promise<HeldLock> {
  const holder = {
    by: identity.by,
    host: request.machine,
    command: `${request.command} ${request.lanes}`,
    run: identity.run,
    at: new Date().toISOString()
  }
  return lock(remote, layout, holder, { waitMs: request.waitMs, tell, signal })
}

async function shipLanes(
  request: Request,
  shipment: Shipment,
  held: HeldLock | null,
  lanes: LaneName[],
  report: Report
): Promise<TenantError | null> {
  for (const lane of lanes) {
    const { report: done, error } = await shipLane(request, shipment, held, lane)
    if (error !== null) halfDone(report, error)
    report.lanes.push(done)
    if (error !== null) return error
  }
  return restage(request, shipment, held, lanes, report)
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
