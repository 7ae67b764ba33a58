import { expect, test } from 'vitest'
import type { DoctorFinding } from '../../src/report/doctor-report.ts'
import type { Patient } from '../world/patient.ts'

/** Of a difference: what, what was expected, what there is; each as text or as a matcher. */
export type Row = [attribute: unknown, expected: unknown, actual: unknown]

/** The one finding that doctor makes of a fault. */
export interface Found {
  address: string
  /** `drifted` where nothing is said. */
  verdict?: DoctorFinding['verdict']
  /** None where it is unknown. */
  rows?: Row[]
  /** It is the host's own, and no tenant's. */
  ofHost?: true
  diff?: unknown
  cause?: unknown
  /** A command as it stands is run, and repairs it; anything else is for a person. */
  remedy: unknown
  /** The addresses of what follows from it. */
  follows?: string[]
}

export interface Harm {
  /** Several where several things were done. */
  found: Found[]
  /** The last part of it, for what would not outlive that somebody else has a server read its files again. */
  afterwards?: () => Promise<unknown>
  /** What a person does in the place of a command, or after it. */
  undo?: () => Promise<unknown>
  /** By `undo` alone, although a command is a remedy too. */
  isUndone?: boolean
  /** What the report must not hold. */
  untold?: string[]
  words?: string[]
  env?: Record<string, string>
}

/** Does it to the tenant by hand, and answers with what doctor finds then. */
export type Fault = (tenant: Patient) => Promise<Harm>

/** One thing, which is a finding and nothing else. */
export const one = (found: Found, undo?: () => Promise<unknown>): Harm => ({
  found: [found],
  ...(undo === undefined ? {} : { undo })
})

export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern)

/** How files are told apart in a finding. */
export const HASH = matching(/^sha256 [0-9a-f]{12}$/)

export interface Ward {
  /** A test for each fault: it is found, only it, and once it is mended nothing is. */
  each(faults: Record<string, Fault>): void
  /** Makes one, looks, mends it, and looks again. */
  suffer(fault: Fault): Promise<void>
}

export function ward(patient: () => Patient): Ward {
  const suffer = async (fault: Fault) => {
    const tenant = patient()
    let undo: Harm['undo']
    try {
      const harm = await fault(tenant)
      undo = harm.undo
      await harm.afterwards?.()
      const { code, report, stdout, stderr } = await tenant.examine(harm.words, harm.env)
      for (const secret of harm.untold ?? []) expect(stdout + stderr).not.toContain(secret)
      expect(report.failure).toBeNull()
      expect(report.findings).toEqual(harm.found.map((found) => findingOf(tenant.name, found)))
      expect(code).toBe(harm.found.some(({ verdict }) => verdict === 'unknown') ? 2 : 1)
      if (harm.isUndone !== true)
        for (const remedy of new Set(report.findings.map((each) => each.remedy)))
          await follow(tenant, remedy, undo !== undefined)
      await undo?.()
      undo = undefined
      await expectHealthy(tenant, harm.words)
    } catch (failed) {
      // The next one begins with a tenant that is in sync, whatever became of this one.
      try {
        await undo?.()
      } finally {
        await tenant.recover()
      }
      throw failed
    }
  }
  return {
    suffer,
    each(faults) {
      for (const [name, fault] of Object.entries(faults)) test(name, () => suffer(fault))
    }
  }
}

/** Nothing is found. */
export async function expectHealthy(tenant: Patient, words?: string[]): Promise<void> {
  const { code, report } = await tenant.examine(words)
  expect(report.findings).toEqual([])
  expect(code).toBe(0)
}

export const isCommand = (remedy: string): boolean =>
  /^tenant (provision|deploy) [a-z-]+( app| marketing)?$/.test(remedy)

/** A remedy that is one of our commands is meant to be typed as it stands. */
export async function follow({ world }: Patient, remedy: string, isForPerson: boolean): Promise<void> {
  if (!isCommand(remedy)) {
    expect(isForPerson, `no command, and the test knows no way back: ${remedy}`).toBe(true)
    return
  }
  const { code, stdout, stderr } = await world.tenant([...remedy.split(' ').slice(1), '--json'])
  expect(code, stdout + stderr).toBe(0)
}

/** What goes wrong for visitors where another server answers for a lane. */
export const elsewhere = (lane: 'app' | 'marketing'): string[] => [
  `${lane}.public.${lane === 'app' ? 'health' : 'page'}`,
  `${lane}.public.redirects`,
  `${lane}.public.certificate`
]

/** As the report says it. */
export function findingOf(name: string, found: Found): object {
  const { address, verdict = 'drifted', rows = [], ofHost, diff, cause, remedy, follows = [] } = found
  const tenantOf = (each: string) => (each.startsWith('host.') ? null : name)
  return {
    tenant: ofHost === true ? null : name,
    host: 'sandbox',
    address,
    verdict,
    differences: rows.map(([attribute, expected, actual]) => ({ attribute, expected, actual })),
    ...(diff === undefined ? {} : { diff }),
    ...(cause === undefined ? {} : { cause }),
    remedy,
    consequences: follows.map((each) => ({
      tenant: tenantOf(each),
      address: each,
      summary: expect.any(String) as string
    }))
  }
}
