import type { DoctorFinding, DoctorReport } from './doctor-report.ts'
import { worstFirst } from './doctor-subjects.ts'
import { firstLines } from './escape.ts'
import { cutTexts, firstThatFits, limits } from './json-parts.ts'
import type { JsonOptions } from './json-parts.ts'

/**
 * The report alone. Where `maxBytes` is given and the report is longer, lists of differences and consequences are
 * shortened first, then diffs, then long texts, and only then the lists of findings, tenants and hosts, of which those that
 * are in sync go first. Beside a shortened list, `truncated` counts what is left out.
 */
export function renderDoctorJson(report: DoctorReport, options: JsonOptions = {}): string {
  return firstThatFits(shorter(report), options)
}

/** The report, and then one that says less each time. */
function* shorter(report: DoctorReport): Generator<unknown> {
  yield report
  let short = report
  const change = (one: (finding: DoctorFinding, at: number) => DoctorFinding) => {
    short = { ...short, findings: short.findings.map(one) }
    return short
  }
  const shortLists = (most: number) => change((finding) => cutLists(finding, ['differences', 'consequences'], most))
  for (const most of [256, 64, 16]) yield shortLists(most)
  for (const bytes of [16_000, 4_000, 1_000, 0])
    yield change((finding, at) => cutDiff(finding, report.findings[at]?.diff, bytes))
  for (const most of [4, 0]) yield shortLists(most)
  for (const length of [2000, 500, 200]) yield cutTexts(short, length, Infinity)

  const { findings, tenants, hosts } = short
  const sorted = { ...short, findings, tenants: worstFirst(tenants), hosts: worstFirst(hosts) }
  for (const most of limits(4096)) {
    short = cutLists(sorted, ['findings', 'tenants', 'hosts'], most)
    yield cutTexts(short, 200, Infinity)
  }
  for (const length of [100, 20, 5]) yield cutTexts(short, length)
}

function cutDiff(finding: DoctorFinding, diff: string | undefined, bytes: number): DoctorFinding {
  if (diff === undefined || Buffer.byteLength(diff) <= bytes) return finding
  return { ...finding, diff: firstLines(diff.split('\n'), bytes).join('\n') }
}

/** At most so many items of each of the lists; what was left out before is counted too. */
function cutLists<T extends object>(
  owner: T & { truncated?: Record<string, number> },
  names: (keyof T & string)[],
  most: number
): T {
  const lists: Partial<T> = {}
  const truncated: Record<string, number> = {}
  for (const name of names) {
    const list = owner[name]
    if (!Array.isArray(list) || list.length <= most) continue
    lists[name] = list.slice(0, most) as T[typeof name]
    truncated[name] = (owner.truncated?.[name] ?? 0) + list.length - most
  }
  return Object.keys(truncated).length === 0
    ? owner
    : { ...owner, ...lists, truncated: { ...owner.truncated, ...truncated } }
}
