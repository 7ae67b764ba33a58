import { visible } from './report/escape.ts'
import type { LaneName } from './report/report.ts'
import { nearest } from './tenant/nearest.ts'
import { usage } from './usage.ts'

/** The options that `logs` alone has. */
export const LOG_OPTIONS = {
  lane: { type: 'string' },
  since: { type: 'string' },
  lines: { type: 'string', short: 'n' },
  follow: { type: 'boolean', short: 'f' }
} as const

export interface LogOptions {
  lanes: LaneName | 'all'
  /** In ms since the epoch. */
  since: number | null
  lines: number | null
  follow: boolean
}

type Values = { lane?: string; since?: string; lines?: string; follow?: boolean }

const MOST_LINES = 10_000
const LANES = ['marketing', 'app'] as const
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** @throws TenantError of kind `usage` */
export function logOptions(values: Values, now: number): LogOptions {
  return {
    lanes: laneOf(values.lane),
    since: values.since === undefined ? null : sinceOf(values.since, now),
    lines: values.lines === undefined ? null : linesOf(values.lines),
    follow: values.follow ?? false
  }
}

/** @throws TenantError of kind `usage` where another command is given one of them */
export function refuseLogOptions(values: Values): void {
  const given = (Object.keys(LOG_OPTIONS) as (keyof Values)[]).find((name) => values[name] !== undefined)
  if (given !== undefined) throw usage(`--${given} goes with logs alone`)
}

function laneOf(text: string | undefined): LaneName | 'all' {
  if (text === undefined) return 'all'
  const lane = LANES.find((one) => one === text)
  if (lane === undefined) throw usage(`there is no lane "${visible(text)}"`, nearest(text, LANES))
  return lane
}

/** A while ago, or a time of ISO 8601, which is in UTC where it does not say otherwise. */
function sinceOf(text: string, now: number): number {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (amount !== undefined) return now - Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]
  const [, day, time, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? []
  const at = Date.parse(`${day}T${time ?? '00:00'}${zone}`)
  if (Number.isNaN(at) || !isOnCalendar(day!))
    throw usage(`--since takes 30m, 2h, 1d or a time such as 2026-11-27T09:30:00Z, not "${visible(text)}"`)
  if (at > now) throw usage(`--since takes a time that has passed, not "${visible(text)}"`)
  return at
}

/** Date.parse takes the 30th of February for the 2nd of March. */
function isOnCalendar(day: string): boolean {
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day)
}

function linesOf(text: string): number {
  const lines = /^\d{1,6}$/.test(text) ? Number(text) : Infinity
  if (lines > MOST_LINES) throw usage(`-n takes a number of lines from 0 to 10000, not "${visible(text)}"`)
  return lines
}
