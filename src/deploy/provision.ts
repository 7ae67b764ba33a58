import { asTenantError, TenantError } from '../errors.ts'
import { converge, plan, type Walk } from '../resources/converge.ts'
import { appRecipe, desiredSite } from '../resources/desired-state.ts'
import { inspect, type Inspection } from '../resources/inspect.ts'
import { desiredIsolation } from '../resources/isolation.ts'
import { releaseResource } from '../resources/release.ts'
import type { Managed, Resource } from '../resources/resource.ts'
import { siteText, type SiteResource } from '../resources/site.ts'
import type { Finding, LaneName, ProvisionChange, ProvisionReport } from '../report/report.ts'
import { failureOf } from './failure.ts'
import type { HeldLock } from './lock.ts'
import type { Shipment } from './shipment.ts'
import { checkSite, placeSite } from './site.ts'
import { Steps } from './steps.ts'

/** The account that sees all of a host. */
const ROOT = 'root'

export interface Provisioned {
  report: ProvisionReport
  error: TenantError | null
  /** The tenant's lock, once there is an account that can hold it; null in a dry run. */
  held: HeldLock | null
  /** What the tenant did not have before. */
  absent: Shipment['absent']
  /** Lanes whose site was not there and is now. */
  placed: LaneName[]
  /** The password of its role is another now, which the release that is live does not know. */
  rotated: boolean
}

export interface ProvisionOptions {
  /**
   * `all`: every site is put right. `missing`: only one that is not there yet, as for a deploy, which publishes a site
   * together with the release that it is made for; and a connecting account that may not look as root may go on.
   */
  sites: 'all' | 'missing'
  /** The tenant's lanes that need a place. */
  lanes: readonly LaneName[]
  takeLock(): Promise<HeldLock>
}

/** Gives the tenant everything of its own on the host. Never throws; the report says how it went. */
export async function provision(shipment: Shipment, options: ProvisionOptions): Promise<Provisioned> {
  const report: ProvisionReport = {
    changed: false,
    steps: [],
    changes: [],
    findings: [],
    warnings: [],
    failure: null
  }
  const done: Provisioned = {
    report,
    error: null,
    held: null,
    absent: { account: false, database: false },
    placed: [],
    rotated: false
  }
  const steps = new Steps('provision', shipment.tell, shipment.signal)
  report.steps = steps.list
  let lockError: unknown
  const takeLock = () =>
    options.takeLock().catch((thrown: unknown) => {
      lockError = thrown
      throw thrown
    })
  try {
    await walk(shipment, { ...options, takeLock }, steps, done)
  } catch (thrown) {
    done.error = asTenantError(thrown)
    // That somebody else holds the lock is no fault of any step.
    if (thrown !== lockError) report.failure = failureOf(done.error, steps.current)
  }
  return done
}

async function walk(shipment: Shipment, options: ProvisionOptions, steps: Steps, done: Provisioned): Promise<void> {
  const { report } = done
  const { remote, dryRun, tell } = shipment
  const { foundation, own, issued } = desiredIsolation(shipment, options.lanes)
  const sites = desiredSites(shipment, options.lanes)
  const all: Resource[] = [...foundation, ...own, ...sites.map(({ site }) => site as unknown as Resource), issued]
  // A site that a lane is about to publish is that lane's to tell.
  const judged = [...foundation, ...own, ...(options.sites === 'all' ? sites.map(({ site }) => site) : []), issued]
  const findings = (seen: Inspection) => judged.map((resource) => seen.finding(resource))

  for (const { lane, site } of sites) if (!REFUSES_LINKS.test(site.text)) warn(followsLinks(lane))
  const look = (resources: readonly Resource[]) => inspect(remote, ROOT, resources)
  let seen: Inspection
  try {
    seen = await look(all)
  } catch (thrown) {
    if (options.sites === 'all' || !(thrown instanceof TenantError && thrown.kind === 'privilege')) throw thrown
    warn(`what only root sees was not looked at: ${thrown.message}`)
    if (!dryRun) done.held = await options.takeLock()
    return
  }
  const findingOf = (address: string) => seen.findings.find((finding) => finding.address === address)
  const isMissing = (address: string) => findingOf(address)?.verdict === 'missing'
  done.absent = { account: isMissing('account'), database: isMissing('database') }
  const chosen = async () => {
    const differing = sites.filter(({ site }) => differs(seen.finding(site), options))
    return isMissing('account') ? differing : withoutWaiting(shipment, differing)
  }
  if (dryRun) {
    for (const resource of [...foundation, ...own]) note(forecast(seen, resource))
    for (const { site } of await chosen())
      note({ ...seen.finding(site), actions: [`write ${site.path}`, 'reload nginx'] })
    note(forecast(seen, issued))
    report.changed = report.changes.some(({ actions }) => actions.length > 0)
    report.findings = findings(seen)
    return
  }

  const way: Omit<Walk, 'seen'> = {
    remote,
    look,
    step: (address, work) => steps.step(address, work),
    onChange: (change) => void note(change),
    onChanged: () => void (report.changed = true)
  }
  await converge({ ...way, seen }, foundation)
  done.held = await options.takeLock()
  if (report.changed || done.held.waited) seen = await look(all)
  const role = findingOf('database.role')
  done.rotated = role?.verdict === 'drifted' && role.differences.some(({ attribute }) => attribute === 'password')
  await converge({ ...way, seen }, own)
  if (done.rotated)
    warn('the password of the role is another now: a running app can open no new connection until it is deployed')
  for (const { lane, site } of await chosen()) {
    const live = siteText(seen.facts(site).file)
    note({ ...seen.finding(site), actions: [`write ${site.path}`, 'reload nginx'] })
    await steps.step(site.address, async (say) => {
      await checkSite(shipment, site.path, site.text)
      await placeSite(shipment, site.path, site.text)
      say(`write ${site.path} and reload nginx`)
    })
    if (live === null) done.placed.push(lane)
    report.changed = true
  }
  await issue()
  report.findings = findings(report.changed ? await look(all) : seen)

  /** An authority that says no, or can't be reached, holds nothing up: the placeholder serves, and the finding stays. */
  async function issue(): Promise<void> {
    try {
      await converge({ ...way, seen: report.changed ? null : seen }, [issued])
    } catch (thrown) {
      const error = asTenantError(thrown)
      if (error.kind !== 'provision' && error.kind !== 'deadline') throw error
      warn([error.message, error.log].filter((text) => text !== undefined && text !== '').join('\n'))
    }
  }

  function note(change: ProvisionChange | undefined): void {
    if (change !== undefined) report.changes.push(change)
  }

  function warn(text: string): void {
    report.warnings.push(text)
    tell({ kind: 'message', text })
  }
}

/** What would be done about a resource. What can't be looked at may only need what comes before it: psql, for a database. */
function forecast(seen: Inspection, resource: Managed): ProvisionChange | undefined {
  const { address, verdict, differences, cause } = seen.finding(resource)
  if (verdict !== 'unknown') return plan(seen, resource)?.told
  return { address, verdict, differences, actions: [], remedy: `it could not be looked at yet: ${cause}` }
}

const REFUSES_LINKS = /^\s*disable_symlinks\s+(if_not_owner|on)\b/m

/** The repository's own template may have been written before ours refused them. */
function followsLinks(lane: LaneName): string {
  return `with templates/nginx/${lane}.conf.mustache, nginx follows a tenant's links into other tenants' folders; fix: add disable_symlinks to it (docs/templates.md)`
}

interface LaneSite {
  lane: LaneName
  site: SiteResource
}

function desiredSites(shipment: Shipment, lanes: readonly LaneName[]): LaneSite[] {
  return lanes.map((lane) => ({ lane, site: desiredSite(shipment, lane) }))
}

function differs({ verdict }: Finding, { sites }: ProvisionOptions): boolean {
  return sites === 'missing' ? verdict === 'missing' : verdict !== 'in-sync'
}

/**
 * Without the app's site where that is for ports that the live release does not listen on, or where nobody knows: it
 * waits for the deploy. What lies in the tenant's folder is read as the tenant, who may have put there what it likes.
 */
async function withoutWaiting(shipment: Shipment, differing: LaneSite[]): Promise<LaneSite[]> {
  if (!differing.some(({ lane }) => lane === 'app')) return differing
  const { layout, remote, tenant } = shipment
  const live = releaseResource(layout, 'app', appRecipe(tenant.app!))
  const { verdict, differences } = (await inspect(remote, layout.account, [live as unknown as Resource])).finding(live)
  const attributes = differences.map(({ attribute }) => attribute)
  const isKnown = verdict === 'in-sync' || verdict === 'drifted' || attributes.includes('current')
  const listensElsewhere = attributes.includes('ports') || attributes.includes('static')
  return isKnown && !listensElsewhere ? differing : differing.filter(({ lane }) => lane !== 'app')
}
