import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limit } from '../../src/facts/limit.ts'
import type { DoctorFinding } from '../../src/report/doctor-report.ts'
import type { Examination, Patient } from '../world/patient.ts'
import { hospital, type Hospital } from '../world/patients.ts'
import { findingOf, follow, isCommand, type Fault, type Harm } from './faults.ts'

/**
 * Many faults at once, each done to a tenant of its own: one look at the host names them all, each tenant's own and no
 * other. What commands repair is repaired once for each kind of it, and what was repaired is looked at once more.
 */
interface Case {
  tenant: Patient
  harm: Harm
  isMended: boolean
  /** Why it could not be done, or mended. */
  failed?: unknown
}

interface Kept {
  cases: Map<string, Case>
  first: Examination
  /** After the repairs. */
  second: Examination
}

interface Way {
  /** Whom the one at that place is done to. */
  to(all: Patient[], place: number): Patient
  /** What doctor is to look at. */
  words(all: Patient[]): string[]
}

/** As many as a machine has patients; which one has which fault is fixed. */
const CAPACITY = 12
const apart: Way = { to: (all, place) => all[place]!, words: () => ['--host', 'sandbox'] }
const onOne: Way = { to: (all) => all[0]!, words: (all) => [all[0]!.name] }

/** In the fewest rounds, of much the same size. */
export function rounds(groups: Record<string, Record<string, Fault>>): void {
  const all = Object.entries(groups).flatMap(([group, faults]) =>
    Object.entries(faults).map(([name, fault]): [string, Fault] => [`${group}: ${name}`, fault])
  )
  const count = Math.ceil(all.length / CAPACITY)
  for (let at = 0; at < count; at++) {
    const [from, to] = [at, at + 1].map((each) => Math.round((each * all.length) / count))
    describe(`at once, ${at + 1} of ${count}`, () => round(apart, all.slice(from, to)))
  }
}

/** Of a host: things that are told apart by what they are found in, whichever tenant is looked at. */
export function together(faults: Record<string, Fault>): void {
  describe('at once', () => round(onOne, Object.entries(faults)))
}

function round(way: Way, faults: [name: string, fault: Fault][]): void {
  let world: Hospital | undefined
  let kept: Kept
  beforeAll(async () => {
    world = await hospital()
    kept = await suffer(world.patients, way, faults)
  })
  afterAll(() => world?.[Symbol.asyncDispose]())

  test.each(faults.map(([name]) => name))('%s', (name) => {
    const { first, second, cases } = kept
    const each = cases.get(name)!
    if (each.failed !== undefined) throw each.failed
    const { tenant, harm, isMended } = each
    for (const secret of harm.untold ?? []) expect(first.stdout + first.stderr).not.toContain(secret)
    expect(ownOf(each, first)).toEqual(harm.found.map((found) => findingOf(tenant.name, found)))
    if (harm.found.some(({ ofHost }) => ofHost !== true)) expect(healthOf(each, first)).toBe(healthAfter(harm))
    if (!isMended) return
    expect(ownOf(each, second)).toEqual([])
    expect(healthOf(each, second)).toBe('in-sync')
  })

  test('nothing else is found, and nothing of what was repaired', () => {
    const { first, second } = kept
    const cases = [...kept.cases.values()]
    expect(first.report.failure).toBeNull()
    const told = cases.flatMap((each) => ownOf(each, first))
    expect(first.report.findings.filter((finding) => !told.includes(finding))).toEqual([])
    const ill = cases.filter(({ harm }) => harm.found.some(({ ofHost }) => ofHost !== true))
    const healthy = first.report.tenants.filter(({ tenant }) => !ill.some((each) => each.tenant.name === tenant))
    for (const each of healthy) expect(each).toMatchObject({ health: 'in-sync' })
    const verdicts = cases.flatMap(({ harm }) => harm.found.map(({ verdict }) => verdict))
    expect(first.code).toBe(verdicts.includes('unknown') ? 2 : 1)
    expect(second.report.findings).toEqual([])
    expect(second.code).toBe(0)
  })
}

async function suffer(all: Patient[], way: Way, faults: [string, Fault][]): Promise<Kept> {
  const cases = new Map<string, Case>()
  // One after another: they edit files that all tenants share.
  for (const [place, [name, fault]] of faults.entries()) {
    const each: Case = { tenant: way.to(all, place), harm: { found: [] }, isMended: false }
    cases.set(name, each)
    await noting(each, async () => {
      each.harm = await fault(each.tenant)
    })
  }
  for (const each of cases.values()) await noting(each, () => each.harm.afterwards?.())
  const env = Object.assign({}, ...[...cases.values()].map(({ harm }) => harm.env)) as Record<string, string>
  const first = await all[0]!.examine(way.words(all), env)
  await mend([...cases.values()], first)
  const mended = [...cases.values()].filter(({ isMended }) => isMended).map(({ tenant }) => tenant.name)
  return { cases, first, second: await all[0]!.examine(mended.length === 0 ? way.words(all) : [...new Set(mended)]) }
}

/** One that fails does not keep the others from being looked at. */
async function noting(each: Case, work: () => Promise<unknown> | undefined): Promise<void> {
  try {
    if (each.failed === undefined) await work()
  } catch (error) {
    each.failed = error ?? new Error('it failed and did not say why')
  }
}

/** What commands of this file's rounds have repaired. */
const repaired = new Set<string>()

/** Whether it is to be mended: of what commands repair, only the first of its kind is. */
function isFirst(each: Case, seen: Examination): boolean {
  if (each.harm.isUndone === true) return true
  const kinds = ownOf(each, seen)
    .filter(({ remedy }) => isCommand(remedy))
    .map((finding) => kindOf(finding, each.tenant.name))
  const isNew = kinds.length === 0 || kinds.some((kind) => !repaired.has(kind))
  for (const kind of kinds) repaired.add(kind)
  return isNew
}

async function mend(cases: Case[], seen: Examination): Promise<void> {
  const chosen = cases.filter((each) => each.failed === undefined && isFirst(each, seen))
  // Much of it is waiting, and of one tenant one run waits for the other anyway.
  const inTurn = limit(3)
  const byTenant = Map.groupBy(chosen, ({ tenant }) => tenant)
  await Promise.all([...byTenant.values()].map((own) => inTurn(() => followAll(own, seen))))
  // One after another, as they were done.
  for (const each of chosen)
    await noting(each, async () => {
      await each.harm.undo?.()
      each.isMended = true
    })
}

/** What is told to do against several things is done once. */
async function followAll(ofTenant: Case[], seen: Examination): Promise<void> {
  const run = new Set<string>()
  for (const each of ofTenant) {
    if (each.harm.isUndone === true) continue
    const remedies = new Set(ownOf(each, seen).map(({ remedy }) => remedy))
    await noting(each, async () => {
      for (const remedy of remedies) {
        if (run.has(remedy) && isCommand(remedy)) continue
        run.add(remedy)
        await follow(each.tenant, remedy, each.harm.undo !== undefined)
      }
    })
  }
}

/** A deploy ships a whole new release, whatever was wrong in the one before; provision puts each thing right by itself. */
function kindOf({ remedy, address, verdict, differences }: DoctorFinding, name: string): string {
  const things = remedy.startsWith('tenant provision') ? differences.map(({ attribute }) => attribute) : []
  return [remedy, address, verdict, ...things].join('\n').replaceAll(name, 'NAME')
}

function ownOf({ tenant, harm }: Case, { report }: Examination): DoctorFinding[] {
  const ofHost = harm.found.flatMap((found) => (found.ofHost === true ? [found.address] : []))
  return report.findings.filter((finding) =>
    finding.tenant === null ? ofHost.includes(finding.address) : finding.tenant === tenant.name
  )
}

const healthOf = ({ tenant }: Case, { report }: Examination) =>
  report.tenants.find((each) => each.tenant === tenant.name)?.health

const healthAfter = ({ found }: Harm) => (found.every(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'drifted')
