import { asTenantError } from '../errors.ts'
import type { Observer } from '../remote/remote.ts'
import type { DoctorFinding, DoctorHost, DoctorTenant, Health } from '../report/doctor-report.ts'
import type { Host } from '../tenant/host.ts'
import { fold } from './fold.ts'
import { judgeHost } from './host.ts'
import { hostResources } from './host-resources.ts'
import { isLost, lookAtHost } from './look.ts'
import { lookAgain } from './remedy.ts'
import type { Subject } from './subject.ts'
import { NOTHING, type Judged } from './judged.ts'
import { judgeTenant } from './tenant.ts'
import { trace, unseen, type Trace } from './trace.ts'
import { disturbed } from './under-way.ts'
import type { Declared } from './unmanaged.ts'
import { Visits } from './visits.ts'

/** A host, and those of its tenants that are looked at. */
export interface Ward {
  host: Host
  subjects: readonly Subject[]
  /** Every tenant that the repository has on this host. */
  declared: readonly Declared[]
  open(): Promise<Observer & AsyncDisposable>
  signal: AbortSignal
}

export interface Diagnosis {
  host: DoctorHost
  tenants: DoctorTenant[]
  findings: DoctorFinding[]
}

/** Compares a host and its tenants with what they should be, and changes nothing. What can't be looked at is a finding. */
export async function diagnose(ward: Ward): Promise<Diagnosis> {
  const began = performance.now()
  const { host, subjects } = ward
  const { tenants, reached, narrow, ...own } = await examine(ward)
  const judged = subjects.map((subject) => ({ name: subject.desire.tenant.name, ...tenants.get(subject)! }))
  const findings = fold([...own.traces, ...judged.flatMap(({ traces }) => traces)])
  const told = (tenant: string | null) => findings.filter((finding) => finding.tenant === tenant)
  return {
    host: {
      host: host.name,
      health: health(told(null)),
      checked: own.checked,
      ms: Math.round(performance.now() - began)
    },
    tenants: judged.map(({ name, checked, traces }) => {
      const its = told(name)
      // What it has only because of its host is told there, and it is none the better for it.
      const own = its.length > 0 || reached ? health(its.length > 0 ? its : traces) : 'unknown'
      return { tenant: name, host: host.name, checked, health: own === 'in-sync' && narrow ? 'unknown' : own }
    }),
    findings: findings.map((finding) => findingOf(finding, host.name))
  }
}

interface Examined {
  /** What is the host's own. */
  traces: Trace[]
  checked: number
  tenants: Map<Subject, Judged>
  reached: boolean
  /** Nobody looked as root. */
  narrow: boolean
}

async function examine(ward: Ward): Promise<Examined> {
  using visits = new Visits(ward)
  try {
    await using remote = await ward.open()
    // Its clock is compared with ours as it is now.
    const resources = hostResources(ward.host)
    const looking = lookAtHost(remote, resources, ward.subjects)
    // They take about as long, and need the host's word only to be held against it.
    visits.begin()
    const look = await looking
    const narrow = look.narrow !== null
    const tenants = new Map<Subject, Judged>()
    for (const [subject, seen] of look.tenants)
      tenants.set(subject, await judgeAlone(remote, subject, seen, { narrow }))
    const visited = await visits.judge(tenants)
    const wrong = new Map([...visited].filter(([, { traces }]) => traces.length > 0))
    for (const [subject, one] of await disturbed(remote, wrong, { narrow }))
      visited.set(subject, { ...visited.get(subject)!, traces: [one] })
    return { ...judgeHost(ward, resources, look), tenants: visited, reached: true, narrow }
  } catch (thrown) {
    ward.signal.throwIfAborted()
    const { message, where, remedy } = asTenantError(thrown)
    const cause = where === undefined ? message : `${message} (${where})`
    return {
      traces: [trace(null, unseen('host', cause), remedy ?? 'look whether the host is up')],
      checked: 0,
      tenants: await visits.judge(new Map()),
      reached: false,
      narrow: false
    }
  }
}

/** What a tenant has on the host can be anything; that it can't be judged says nothing of the others. */
async function judgeAlone(...[remote, subject, seen, circumstances]: Parameters<typeof judgeTenant>): Promise<Judged> {
  try {
    return await judgeTenant(remote, subject, seen, circumstances)
  } catch (thrown) {
    const error = asTenantError(thrown)
    if (isLost(error)) throw thrown
    const { message, remedy } = error
    const { name } = subject.desire.tenant
    return { ...NOTHING, traces: [trace(name, unseen('tenant', message), remedy ?? lookAgain(name))] }
  }
}

function health(findings: readonly Trace[]): Health {
  if (findings.length === 0) return 'in-sync'
  return findings.every(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'drifted'
}

function findingOf(
  { tenant, address, verdict, differences, diff, cause, remedy, consequences }: Trace,
  host: string
): DoctorFinding {
  return {
    tenant,
    host,
    address,
    verdict: verdict as DoctorFinding['verdict'],
    differences,
    ...(diff === undefined ? {} : { diff }),
    ...(cause === undefined ? {} : { cause }),
    remedy,
    consequences
  }
}
