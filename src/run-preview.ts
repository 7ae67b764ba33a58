import { templatesFor } from './access.ts'
import { failureOf } from './deploy/failure.ts'
import { asTenantError, TenantError } from './errors.ts'
import { compareLane, type Side } from './preview/lane.ts'
import { newlyReached } from './preview/reach.ts'
import type { LaneName, Report, Tell } from './report/report.ts'
import type { Request } from './request.ts'
import { chosenLanes, concluded, emptyReport, run, type Outcome } from './run.ts'
import { loadOffline } from './tenant/load.ts'

export interface PreviewRequest extends Omit<Request, 'command' | 'dryRun' | 'runsBuilds'> {
  /** The checkout that a pull request is made against; null where there is none. */
  base: string | null
  /** The pull request comes from somebody whose runs are given no secrets. */
  isRestricted: boolean
}

export interface PreviewOutcome extends Outcome {
  /** The lanes that were asked for; none where nobody knows which the tenant has. */
  lanes: LaneName[]
  /** What the desired state was compared with: what is live, or what the other checkout says. */
  compared: 'host' | 'base'
  /** Why the host was not looked at. */
  note: string | null
}

/**
 * What a deploy would do, which changes nothing: the same walk as its dry run. Where there is no key, as for a pull request
 * of a fork, it compares what two checkouts say. It does not throw: what goes wrong is in the report.
 */
export async function runPreview(given: PreviewRequest, tell: Tell, signal: AbortSignal): Promise<PreviewOutcome> {
  const { base, isRestricted, ...access } = given
  const request: Request = { ...access, command: 'deploy', dryRun: true, runsBuilds: false }
  const described = offline(request.repository, request.tenant)
  const lanes = lanesOf(request, described)
  const note = whyNoHost(request, described, base, isRestricted)
  if (note === null) return { ...(await run(request, tell, signal)), lanes, compared: 'host', note }
  return { ...(await betweenCheckouts(request, base, tell, signal)), lanes, compared: 'base', note }
}

type Offline = ReturnType<typeof loadOffline>

/** Null where the host can be looked at. */
function whyNoHost(
  { repository, sshKey, lookKey }: Request,
  described: Offline,
  base: string | null,
  isRestricted: boolean
): string | null {
  const unseen = 'the host was not looked at'
  if (isRestricted) return `a pull request from a fork or of Dependabot gets no secrets: ${unseen}`
  // What is wrong with its manifest is for the run itself to say.
  if (described === null) return null
  const { kind, key_file } = described.host
  if (kind === 'ssh' && key_file === undefined && sshKey === null && lookKey === null)
    return `there is no key to look with: ${unseen}`
  const reached = base === null ? null : reachedAnew(described, repository, base)
  return reached === null ? null : `${reached}: no secret is sent to where only this change says, and ${unseen}`
}

function reachedAnew(described: NonNullable<Offline>, repository: string, base: string): string | null {
  try {
    return newlyReached(described, repository, base)
  } catch (thrown) {
    if (thrown instanceof TenantError) return 'the manifests of the base have faults'
    throw thrown
  }
}

/** Null where its manifests have faults, or where there is no such tenant. */
function offline(repository: string, tenant: string): Offline {
  return hasFaults(repository, tenant) ? null : loadOffline(repository, tenant)
}

function hasFaults(repository: string, tenant: string): boolean {
  try {
    loadOffline(repository, tenant)
    return false
  } catch (thrown) {
    if (thrown instanceof TenantError) return true
    throw thrown
  }
}

function lanesOf(request: Request, described: Offline): LaneName[] {
  if (request.lanes !== 'all') return [request.lanes]
  return described === null ? [] : chosenLanes(request, described.tenant)
}

async function betweenCheckouts(
  request: Request,
  base: string | null,
  tell: Tell,
  signal: AbortSignal
): Promise<Outcome> {
  const began = performance.now()
  const report = emptyReport(request)
  let error: TenantError | null = null
  try {
    error = await compareAll(request, base, report, tell, signal)
  } catch (thrown) {
    error = asTenantError(thrown)
    report.failure = failureOf(error, 'compare')
  }
  return concluded(report, error, began)
}

async function compareAll(
  request: Request,
  base: string | null,
  report: Report,
  tell: Tell,
  signal: AbortSignal
): Promise<TenantError | null> {
  if (base === null)
    throw new TenantError('usage', 'a preview needs the input look-key or ssh-key, or the input base', {
      where: 'input base',
      remedy: 'check out the base of the pull request as well, and name its folder'
    })
  const head = sideOf(request, request.repository, tell, signal)!
  // A pull request may be what mends them.
  const isBaseBroken = hasFaults(base, request.tenant)
  const before = isBaseBroken ? null : sideOf(request, base, tell, signal)
  report.host = head.host.name
  for (const lane of chosenLanes(request, head.tenant)) {
    const { report: compared, error } = await compareLane(lane, head, before)
    if (isBaseBroken) compared.warnings.push('the manifests of the base have faults: everything counts as new')
    report.lanes.push(compared)
    if (error !== null) return error
  }
  return null
}

/** Null where that checkout knows no such tenant. */
function sideOf(request: Request, repository: string, tell: Tell, signal: AbortSignal): Side | null {
  const loaded = loadOffline(repository, request.tenant)
  if (loaded === null) return null
  const { environment, gitServer } = request
  const templates = templatesFor({ ...request, repository })
  // What a host has of its own is not compared here.
  const nothingOfHosts = { collector: '', secrets: {} }
  return {
    ...loaded,
    ...nothingOfHosts,
    templates,
    repository,
    environment,
    gitServer,
    runsBuilds: false,
    tell,
    signal
  }
}
