import type { DoctorFinding, DoctorReport, Health } from './doctor-report.ts'

/** A tenant, or what a host has besides its tenants, with what was found on it. */
export interface Subject {
  /** Null for the host itself. */
  tenant: string | null
  host: string
  health: Health
  checked: number
  /** Null for a tenant: it is looked at together with its host. */
  ms: number | null
  findings: DoctorFinding[]
  /** What was found elsewhere and has consequences here. */
  because: DoctorFinding[]
}

/** A host and its tenants. */
export interface HostGroup {
  host: string
  own: Subject | null
  tenants: Subject[]
}

/** Everything that was looked at, in the order of the report. */
export function groupsOf(report: DoctorReport): HostGroup[] {
  const { findings, because } = byKey(report.findings)
  const found = (tenant: string | null, host: string) => {
    const key = keyOf(tenant, host)
    return { tenant, host, findings: findings.get(key) ?? [], because: [...(because.get(key) ?? [])] }
  }
  const groups = new Map<string, HostGroup>()
  const groupAt = (host: string): HostGroup => {
    const group = groups.get(host) ?? { host, own: null, tenants: [] }
    groups.set(host, group)
    return group
  }
  for (const { host, health, checked, ms } of report.hosts)
    groupAt(host).own = { ...found(null, host), health, checked, ms }
  for (const { tenant, host, health, checked } of report.tenants)
    groupAt(host).tenants.push({ ...found(tenant, host), health, checked, ms: null })
  return Array.from(groups.values())
}

/** The host before its tenants. */
export function membersOf({ own, tenants }: HostGroup): Subject[] {
  return own === null ? tenants : [own, ...tenants]
}

const ranks: Record<Health, number> = { drifted: 0, unknown: 1, 'in-sync': 2 }

/** What is not in sync first, and otherwise as it was. */
export function worstFirst<T extends { health: Health }>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => ranks[a.health] - ranks[b.health])
}

function byKey(all: DoctorFinding[]) {
  const findings = new Map<string, DoctorFinding[]>()
  const because = new Map<string, Set<DoctorFinding>>()
  for (const finding of all) {
    const own = keyOf(finding.tenant, finding.host)
    const others = findings.get(own)
    if (others === undefined) findings.set(own, [finding])
    else others.push(finding)
    for (const { tenant } of finding.consequences) {
      const key = keyOf(tenant, finding.host)
      if (key !== own) because.set(key, (because.get(key) ?? new Set()).add(finding))
    }
  }
  return { findings, because }
}

// A tenant's name is its own in the whole fleet, and may be a host's too.
function keyOf(tenant: string | null, host: string): string {
  return tenant === null ? `host ${host}` : `tenant ${tenant}`
}
