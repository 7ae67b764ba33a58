import { TenantError } from '../errors.ts'
import type { PlannedTenant, PlanReport } from '../report/plan-report.ts'
import { MOST_JOBS } from './doctor-matrix.ts'

/**
 * What a job may hand on in all of its outputs, counted in UTF-16
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idoutputs).
 */
const MOST_OUTPUT_BYTES = 1024 * 1024

type RunsOn = string | string[]

/** The matrix of one call: its jobs one by one, or the names alone where they are alike in all else. */
export type DeployJobs =
  | { include: { tenant: string; lane: string; 'runs-on': RunsOn }[] }
  | { tenant: string[]; lane: [string]; 'runs-on': [RunsOn] }

/** A matrix of calls of a reusable workflow, each with at most as many jobs as a matrix may have. */
export interface DeployCalls {
  include: { name: string; jobs: DeployJobs }[]
}

export interface DeployMatrix {
  /** They go first. */
  canary: DeployCalls
  /** They go where the canaries are well. */
  rest: DeployCalls
  /** Those whose manifests have faults: they fail by themselves, last of all, and so hold nobody up. */
  faulty: DeployCalls
}

/**
 * The jobs of a plan in the order of their waves; without waves they are all in `rest`.
 * @throws TenantError where it is more than GitHub takes as outputs of a job
 */
export function deployMatrix({ tenants, waves }: Pick<PlanReport, 'tenants' | 'waves'>): DeployMatrix {
  const wave = (of: (tenant: PlannedTenant) => boolean) => calls(tenants.filter(of))
  const matrix = waves
    ? {
        canary: wave(({ canary }) => canary),
        rest: wave(({ canary, faulty }) => !canary && !faulty),
        faulty: wave(({ faulty }) => faulty)
      }
    : { canary: calls([]), rest: calls(tenants), faulty: calls([]) }
  const bytes = 2 * Object.values(matrix).reduce((sum, one) => sum + JSON.stringify(one).length, 0)
  if (bytes <= MOST_OUTPUT_BYTES) return matrix
  throw new TenantError(
    'github',
    `the jobs of ${tenants.length} tenants take ${bytes} bytes, and GitHub lets a job hand on ${MOST_OUTPUT_BYTES}`,
    {
      where: 'the outputs of plan',
      remedy: 'deploy in parts: start the workflow by hand, with the names of some tenants at a time'
    }
  )
}

/** Those that are alike stand together, so that most calls have nothing but names. */
function calls(tenants: readonly PlannedTenant[]): DeployCalls {
  const jobs = tenants.map(({ tenant, lanes, runsOn }) => ({ tenant, lane: lanes, 'runs-on': runsOn }))
  const kind = new Map(jobs.map((job) => [job, JSON.stringify([job.lane, job['runs-on']])]))
  const sorted = jobs.toSorted(
    (one, other) => order(kind.get(one)!, kind.get(other)!) || order(one.tenant, other.tenant)
  )
  const count = Math.ceil(sorted.length / MOST_JOBS)
  return {
    include: Array.from({ length: count }, (_, at) => {
      const part = sorted.slice(at * MOST_JOBS, (at + 1) * MOST_JOBS)
      return { name: `${at + 1} of ${count}`, jobs: shortest(part) }
    })
  }
}

function shortest(jobs: { tenant: string; lane: string; 'runs-on': RunsOn }[]): DeployJobs {
  const [first] = jobs
  const isAlike = (job: (typeof jobs)[number]) =>
    job.lane === first!.lane && JSON.stringify(job['runs-on']) === JSON.stringify(first!['runs-on'])
  if (jobs.length < 2 || !jobs.every(isAlike)) return { include: jobs }
  return { tenant: jobs.map(({ tenant }) => tenant), lane: [first!.lane], 'runs-on': [first!['runs-on']] }
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
