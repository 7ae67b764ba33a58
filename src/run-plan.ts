import { existsSync, realpathSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { PlanReport } from './report/plan-report.ts'
import type { LaneName } from './report/report.ts'
import { changedPaths, commitOf, upstreamOf, type Comparing, type Comparison } from './source/changes.ts'
import type { Complaint } from './tenant/complaint.ts'
import { planAsked, planChanges } from './tenant/plan.ts'
import { assertHasLanes, surveyPlan } from './tenant/survey-plan.ts'

/** The checkout that a plan is made in, and how it may fetch what it lacks. */
export type PlanPlace = Comparing

/** What a plan is made for. */
export type PlanWish =
  | ({ kind: 'changes'; scope: string; waves: boolean } & Comparison)
  /** What changed cannot be known, so everything counts as changed. */
  | { kind: 'everything'; scope: string; because: string }
  /** Somebody asks for tenants by name, or for all of them. */
  | { kind: 'asked'; scope: string; tenants: readonly string[] | 'all'; lanes: LaneName | 'all' }

export interface Planned {
  report: PlanReport
  /** What is wrong in the manifests; it holds up those alone whose files it is in. */
  complaints: Complaint[]
}

/**
 * Which tenants and lanes a wish is about, without a host.
 * @throws TenantError for a tenant that the repository has not, and where git cannot compare
 */
export async function runPlan(comparing: Comparing, wish: PlanWish): Promise<Planned> {
  const root = comparing.repository
  const { scope } = wish
  if (wish.kind === 'asked') {
    const survey = surveyPlan(root, wish.tenants)
    if (wish.tenants !== 'all') assertHasLanes(survey, wish.tenants, wish.lanes)
    const part = planAsked(survey, wish.tenants, wish.lanes, scope)
    // Whoever names tenants means these.
    return { report: inWaves({ ...part, scope, waves: wish.tenants === 'all' }), complaints: survey.complaints }
  }
  const changes = wish.kind === 'everything' ? { everything: wish.because } : await changedPaths(comparing, wish)
  const survey = surveyPlan(root, 'all')
  const part = planChanges({ survey, resolve: resolver(root), common: commonTo(root) }, changes)
  const waves = wish.kind === 'everything' || wish.waves
  return { report: inWaves({ ...part, scope, waves }), complaints: survey.complaints }
}

/** Without waves nobody is a canary. */
function inWaves(report: PlanReport): PlanReport {
  if (report.waves) return report
  return { ...report, tenants: report.tenants.map((planned) => ({ ...planned, canary: false })) }
}

/**
 * The plan for what changed from one revision of a checkout to another.
 * @param base null: where `head` left the main branch of its upstream
 */
export async function planRevisions(comparing: Comparing, base: string | null, head: string): Promise<Planned> {
  const other = base ?? (await upstreamOf(comparing))
  const start = base === null ? 'merge-base' : 'commit'
  const scope = base === null ? `${head}, compared with where it left ${other}` : `${head}, compared with ${base}`
  const commits = { base: await commitOf(comparing, other), head: await commitOf(comparing, head) }
  return runPlan(comparing, { kind: 'changes', scope, waves: true, start, ...commits })
}

/**
 * What everybody depends on: the templates, and this program. `src/` is not of it: what runs is `dist/`, and ci holds it
 * to be what `src/` makes. Elsewhere the program's version stands in the workflows that deploy.
 */
function commonTo(root: string): { what: string; path: string }[] {
  const isProgram = existsSync(join(root, 'dist/action/index.js'))
  const program = isProgram ? ['dist', 'action.yml'] : []
  const workflows = ['.github/workflows/deploy.yml', '.github/workflows/deploy-tenants.yml']
  return [
    { what: 'the templates', path: 'templates' },
    ...program.map((path) => ({ what: 'the program', path })),
    ...(isProgram ? [] : workflows.map((path) => ({ what: 'the workflow that deploys', path })))
  ]
}

/** Git lists what changed where it lies, and not where a link leads to it. */
function resolver(root: string): (folder: string) => string {
  const known = new Map<string, string>()
  return (folder) => {
    let path = known.get(folder)
    if (path === undefined) {
      path = existsSync(join(root, folder)) ? relative(realpathSync(root), realpathSync(join(root, folder))) : folder
      known.set(folder, path)
    }
    return path
  }
}
