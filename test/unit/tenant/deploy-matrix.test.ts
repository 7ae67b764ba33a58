import { expect, test } from 'vitest'
import { planOutputs } from '../../../src/github/plan.ts'
import type { PlannedTenant, PlanReport } from '../../../src/report/plan-report.ts'
import { deployMatrix, type DeployCalls } from '../../../src/tenant/deploy-matrix.ts'

function planned(tenant: string, extra: Partial<PlannedTenant> = {}): PlannedTenant {
  return {
    tenant,
    lanes: 'all',
    host: 'web-1',
    runsOn: 'ubuntu-latest',
    canary: false,
    faulty: false,
    reasons: [],
    ...extra
  }
}

function report(tenants: PlannedTenant[]): PlanReport {
  return {
    command: 'plan',
    scope: 'a push',
    files: 1,
    everything: null,
    tenants,
    known: tenants.length,
    waves: true,
    gone: [],
    atOnce: 10,
    failures: 1
  }
}

/** The jobs that GitHub makes of a matrix of calls. */
function jobsOf({ include }: DeployCalls): { tenant: string; lane: string; 'runs-on': string | string[] }[] {
  return include.flatMap(({ jobs }) =>
    'include' in jobs
      ? jobs.include
      : jobs.tenant.map((tenant) => ({ tenant, lane: jobs.lane[0], 'runs-on': jobs['runs-on'][0] }))
  )
}

/** As long as a name may be. */
const longName = (at: number) => `t${String(at).padStart(23, '0')}`
const LANES = ['all', 'app', 'marketing'] as const

test.each([1, 2, 256, 257, 10_000])('%i tenants have a job each, at most 256 in a call and 256 calls', (count) => {
  const tenants = Array.from({ length: count }, (_, at) =>
    planned(longName(at), {
      lanes: LANES[at % 3]!,
      ...(at % 100 === 7 ? { runsOn: ['self-hosted', `host-${at}`] } : {})
    })
  )
  const { canary, rest, faulty } = deployMatrix(report(tenants))
  expect([...canary.include, ...faulty.include]).toEqual([])
  expect(rest.include.length).toBeLessThanOrEqual(256)
  for (const call of rest.include) {
    const { length } = jobsOf({ include: [call] })
    expect(length).toBeGreaterThan(0)
    expect(length).toBeLessThanOrEqual(256)
  }
  expect(rest.include).toHaveLength(Math.ceil(count / 256))
  expect(jobsOf(rest).toSorted((one, other) => (one.tenant < other.tenant ? -1 : 1))).toEqual(
    tenants.map(({ tenant, lanes, runsOn }) => ({ tenant, lane: lanes, 'runs-on': runsOn }))
  )
})

test('ten thousand of the longest names fit into what a job may hand on, in all of its outputs', () => {
  const tenants = Array.from({ length: 10_000 }, (_, at) =>
    planned(longName(at), { lanes: 'marketing', canary: at % 50 === 0, faulty: at % 97 === 1 })
  )
  const outputs = planOutputs(report(tenants))
  const utf16 = Object.entries(outputs).reduce((sum, [name, value]) => sum + 2 * (name.length + value.length), 0)
  expect(utf16).toBeLessThan(1024 * 1024)
  expect(outputs['at-once']).toBe('10')
})

test('what does not fit is one clear error, and not a run without its outputs', () => {
  const tenants = Array.from({ length: 10_000 }, (_, at) =>
    planned(longName(at), { runsOn: ['self-hosted', `h${at}`] })
  )
  // GitHub counts two bytes a character.
  expect(JSON.stringify(tenants.map(({ tenant, lanes, runsOn }) => [tenant, lanes, runsOn])).length).toBeLessThan(
    2 ** 20
  )
  expect(() => deployMatrix(report(tenants))).toThrow(
    /^the jobs of 10000 tenants take \d+ bytes, and GitHub lets a job/
  )
})

test('a call of tenants that are alike is read as easily as one of others', () => {
  expect(deployMatrix(report([planned('bolt'), planned('acme')])).rest).toEqual({
    include: [{ name: '1 of 1', jobs: { tenant: ['acme', 'bolt'], lane: ['all'], 'runs-on': ['ubuntu-latest'] } }]
  })
})
