import { z } from 'zod'
import type { DoctorReport } from '../../report/doctor-report.ts'
import type { Subject } from './marker.ts'

/** What could not be looked at in the run before, as `tenant:yourbrand`, and the day (in UTC) on which that began. */
export interface NightMemory {
  version: 1
  unknown: Record<string, string>
}

const memorySchema: z.ZodType<NightMemory> = z.strictObject({
  version: z.literal(1),
  unknown: z.record(z.string().regex(/^(?:tenant|host):[a-z](?:-?[a-z0-9])*$/), z.iso.date())
})

/** Reads what the run before wrote; null stands for a file that is not there, as before the first run. */
export function readNights(text: string | null): { seen: NightMemory; warning: string | null } {
  const empty: NightMemory = { version: 1, unknown: {} }
  if (text === null) return { seen: empty, warning: null }
  try {
    return { seen: memorySchema.parse(JSON.parse(text)), warning: null }
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError || thrown instanceof z.ZodError)) throw thrown
    const warning =
      'what could not be looked at in the run before is not known: its memory is broken, and is begun anew'
    return { seen: empty, warning }
  }
}

export function nightsText(seen: NightMemory): string {
  return `${JSON.stringify(seen)}\n`
}

/** What the next run is to know. What this run did not ask for stays as it was. */
export function nextNights(seen: NightMemory, report: DoctorReport, now: Date): NightMemory {
  const judged = [
    ...report.tenants.map(({ tenant, host, health }) => ({
      key: keyOf({ kind: 'tenant', name: tenant }),
      isUnknown: health === 'unknown' || hasUnknown(report, host, tenant)
    })),
    ...report.hosts.map(({ host, health }) => ({
      key: keyOf({ kind: 'host', name: host }),
      isUnknown: health === 'unknown' || hasUnknown(report, host, null)
    }))
  ]
  const unknown = { ...seen.unknown }
  for (const { key, isUnknown } of judged) {
    if (isUnknown) unknown[key] ??= dayOf(now)
    else delete unknown[key]
  }
  return { version: 1, unknown }
}

function hasUnknown({ findings }: DoctorReport, host: string, tenant: string | null): boolean {
  return findings.some((one) => one.host === host && one.tenant === tenant && one.verdict === 'unknown')
}

/** Whether it could not be looked at on an earlier night either, and in every run since. */
export function isAgain(seen: NightMemory, subject: Subject, now: Date): boolean {
  const began = seen.unknown[keyOf(subject)]
  return began !== undefined && began < dayOf(now)
}

function keyOf({ kind, name }: Subject): string {
  return `${kind}:${name}`
}

function dayOf(now: Date): string {
  return now.toISOString().slice(0, 10)
}
