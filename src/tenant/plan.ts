import type { PlannedTenant, PlanReason, PlanReport } from '../report/plan-report.ts'
import type { LaneName } from '../report/report.ts'
import { runsOn } from './doctor-matrix.ts'
import { laneFolders } from './lane-folders.ts'
import type { JudgedTenant, Survey } from './survey.ts'
import { hostOf } from './survey.ts'
import { TouchedFolders, type Changes } from './touched.ts'

/** What of a checkout a plan has to know besides its manifests. */
export interface Checkout {
  survey: Survey
  /** Where a folder leads that is a link, or lies below one; the path itself where it is none. */
  resolve(folder: string): string
  /** Paths that everybody depends on: templates, and the program where it stands in the same repository. */
  common: readonly { what: string; path: string }[]
}

type Part = Omit<PlanReport, 'scope' | 'waves'>

/**
 * Which tenants and lanes a change is about, and why. `tenants/fleet.yml`, `.github/on-call.yml` and whatever nobody
 * ships from are about nobody.
 */
export function planChanges(checkout: Checkout, changes: Changes): Part {
  const { survey } = checkout
  const everything = 'everything' in changes ? changes.everything : null
  const touched = 'everything' in changes ? null : new TouchedFolders(changes.paths)
  const forAll: PlanReason[] =
    touched === null
      ? [{ what: `everything counts as changed: ${everything}`, lanes: 'all', files: 0, example: null }]
      : checkout.common.flatMap(({ what, path }) => touched.reason(what, 'all', path) ?? [])
  const reasonsOf = touched === null ? () => forAll : reasonsBy(checkout, touched, forAll)
  const known = new Set(survey.tenants.map(({ name }) => name))
  const gone = touched === null ? [] : [...touched.below('tenants')].filter((name) => touched.has(manifestOf(name)))
  return {
    ...planned(survey, reasonsOf),
    files: 'everything' in changes ? null : new Set(changes.paths).size,
    everything,
    gone: gone.filter((name) => !known.has(name)).sort()
  }
}

/** The plan for whoever asks for tenants by name, or for all of them. */
export function planAsked(survey: Survey, names: readonly string[] | 'all', lanes: LaneName | 'all', by: string): Part {
  const reasons: PlanReason[] = [{ what: by, lanes, files: 0, example: null }]
  const asked = new Set(names === 'all' ? [] : names)
  return {
    ...planned(survey, ({ name, tenant }) => {
      if (names !== 'all') return asked.has(name) ? reasons : []
      return lanes === 'all' || tenant === undefined || tenant[lanes] !== undefined ? reasons : []
    }),
    files: null,
    everything: null,
    gone: []
  }
}

function planned(survey: Survey, reasonsOf: (tenant: JudgedTenant) => PlanReason[]) {
  const hosts = new Map(survey.hosts.map((judged) => [judged.name, judged]))
  const wrong = new Set(survey.complaints.map(({ file }) => file))
  const tenants = survey.tenants.flatMap((judged): PlannedTenant[] => {
    const reasons = reasonsOf(judged)
    if (reasons.length === 0) return []
    const host = hostOf(judged)
    const on = host === null ? undefined : hosts.get(host)
    const faulty =
      judged.tenant === undefined || [judged.source.file, ...(on?.files ?? [])].some((file) => wrong.has(file))
    return [
      {
        tenant: judged.name,
        // Without a manifest nobody knows which lanes it has.
        lanes: judged.tenant === undefined ? 'all' : lanesOf(reasons),
        host,
        runsOn: runsOn(on === undefined ? { kind: undefined } : { name: on.name, kind: on.host?.kind }),
        canary: !faulty && judged.tenant?.canary === true,
        faulty,
        reasons
      }
    ]
  })
  const { at_once: atOnce, failures } = survey.fleet
  return { command: 'plan' as const, tenants, known: survey.tenants.length, atOnce, failures }
}

function lanesOf(reasons: readonly PlanReason[]): LaneName | 'all' {
  const lanes = new Set(reasons.map((reason) => reason.lanes))
  const [first = 'all'] = lanes
  return lanes.size === 1 ? first : 'all'
}

/** Sources and hosts are shared by many tenants: each is looked up once. */
function reasonsBy({ survey, resolve }: Checkout, touched: TouchedFolders, forAll: PlanReason[]) {
  const found = new Map<string, PlanReason | null>()
  const shared = (what: string, lanes: LaneName | 'all', path: string): PlanReason | null => {
    const key = `${what} ${path}`
    const known = found.get(key)
    if (known !== undefined) return known
    const reason = touched.reason(what, lanes, path) ?? touched.reason(what, lanes, resolve(path))
    found.set(key, reason)
    return reason
  }
  const hostReasons = new Map(
    survey.hosts.map(({ name, host }) => [
      name,
      [
        touched.reason("its host's file", 'all', `tenants/hosts/${name}.yml`),
        host?.from === undefined ? null : touched.reason("its host's file", 'all', host.from)
      ].filter((reason) => reason !== null)
    ])
  )
  return (judged: JudgedTenant): PlanReason[] => {
    const own = touched.reason('its folder', 'all', `tenants/${judged.name}`)
    const host = hostOf(judged)
    // Of a host whose file was deleted no more is known than its name.
    const ofHost = host === null ? [] : (hostReasons.get(host) ?? [deletedHost(touched, host)])
    const sources = laneFolders(judged).map(({ lane, folder }) =>
      shared(lane === 'app' ? "the app's source" : "the marketing site's source", lane, folder)
    )
    return [own, ...ofHost, ...sources].filter((reason) => reason !== null).concat(forAll)
  }
}

function deletedHost(touched: TouchedFolders, host: string): PlanReason | null {
  return touched.reason("its host's file", 'all', `tenants/hosts/${host}.yml`)
}

function manifestOf(name: string): string {
  return `tenants/${name}/tenant.yml`
}
