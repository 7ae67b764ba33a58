import type { DoctorFinding, DoctorReport, DoctorTenant, Health } from '../../report/doctor-report.ts'
import type { Subject, Topic } from './marker.ts'
import { isAgain } from './nights.ts'
import type { NightMemory } from './nights.ts'

/**
 * Whether there is something to have an issue about. `unclear` neither opens nor closes one; `first-night` may still
 * pass by itself; `covered` is told in the issue of the host.
 */
export type Presence = 'there' | 'gone' | 'unclear' | 'first-night' | 'covered'

/** One question of this night: is an issue of this topic due about this subject? */
export interface Case {
  topic: Topic
  subject: Subject
  host: string
  presence: Presence
  /** What the issue tells. */
  findings: DoctorFinding[]
  /** What could not be looked at beside them. */
  unseen: DoctorFinding[]
  /** Tenants of the host that could not be looked at because of it. */
  covers: string[]
}

/** First the hosts, then the tenants. Each has a case of either topic. */
export function casesOf(report: DoctorReport, seen: NightMemory, now: Date): Case[] {
  // Nothing was looked at.
  if (report.failure !== null) return []
  const covered = report.tenants.filter((tenant) => isCovered(report, tenant))
  const hosts = report.hosts.flatMap(({ host, health }) => {
    const own = report.findings.filter((finding) => finding.host === host && finding.tenant === null)
    const names = covered.filter((tenant) => tenant.host === host).map(({ tenant }) => tenant)
    return both({ kind: 'host', name: host }, host, health, own, names)
  })
  const tenants = report.tenants.flatMap(({ tenant: name, host, health }) =>
    both(
      { kind: 'tenant', name },
      host,
      health,
      report.findings.filter(({ tenant }) => tenant === name),
      []
    )
  )
  return [...hosts, ...tenants]

  function both(subject: Subject, host: string, health: Health, own: DoctorFinding[], covers: string[]): Case[] {
    const unknown = own.filter(({ verdict }) => verdict === 'unknown')
    const known = own.filter(({ verdict }) => verdict !== 'unknown')
    const common = { subject, host }
    return [
      { ...common, topic: 'drift', presence: drifts(health, known), findings: known, unseen: unknown, covers: [] },
      {
        ...common,
        topic: 'unreachable',
        presence: isLost(subject, health, unknown),
        findings: unknown,
        unseen: [],
        covers
      }
    ]
  }

  /** Also beside what is known to drift. */
  function isLost(subject: Subject, health: Health, unknown: DoctorFinding[]): Presence {
    if (health !== 'unknown' && unknown.length === 0) return 'gone'
    if (subject.kind === 'tenant' && covered.some(({ tenant }) => tenant === subject.name)) return 'covered'
    return isAgain(seen, subject, now) ? 'there' : 'first-night'
  }
}

/** What is wrong with a tenant only because of something of its host is told there, and says nothing of the tenant itself. */
function drifts(health: Health, known: DoctorFinding[]): Presence {
  if (health === 'in-sync') return 'gone'
  return health === 'drifted' && known.length > 0 ? 'there' : 'unclear'
}

/** Whether it could not be looked at for no other reason than that its host could not. */
function isCovered({ hosts, findings }: DoctorReport, { tenant, host, health }: DoctorTenant): boolean {
  if (health !== 'unknown' || !hosts.some((one) => one.host === host && one.health === 'unknown')) return false
  const causes = findings.filter((one) => one.host === host && one.tenant === null).map(({ cause }) => cause)
  return findings
    .filter((one) => one.tenant === tenant)
    .every(({ cause }) => cause !== undefined && causes.includes(cause))
}
