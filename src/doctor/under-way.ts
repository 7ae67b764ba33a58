import { asTenantError } from '../errors.ts'
import type { Observer } from '../remote/remote.ts'
import { inspect, inspectTogether, type Inspection } from '../resources/inspect.ts'
import { describeHolder } from '../resources/lock-holder.ts'
import type { Resource } from '../resources/resource.ts'
import { isLost } from './look.ts'
import type { Subject } from './subject.ts'
import type { Judged } from './judged.ts'
import { trace, unseen, type Trace } from './trace.ts'

/** Who holds the tenant's lock, in words; null where nobody does, or nobody knows. */
export function holderOf(subject: Subject, own: Inspection): string | null {
  if (own.finding(subject.lock).verdict === 'unknown') return null
  const { held, told } = own.facts(subject.lock).lock
  return held ? describeHolder(told.split('\n')[0] ?? '') : null
}

/**
 * Those of whom it says nothing that things differ: a run was changing them while we looked. It held the lock at the
 * beginning or holds it now, or another release is live than then. Asked once, of those alone for whom it matters.
 */
export async function disturbed(
  remote: Observer,
  wrong: ReadonlyMap<Subject, Judged>,
  { narrow }: { narrow: boolean }
): Promise<Map<Subject, Trace>> {
  const found = new Map<Subject, Trace>()
  const subjects = [...wrong.keys()]
  const now = await lookAgain(remote, subjects, narrow)
  for (const [at, subject] of subjects.entries()) {
    const { holder, current } = wrong.get(subject)!
    const own = now[at] ?? null
    const who = holder ?? (own && holderOf(subject, own))
    const cause =
      who ??
      (own !== null && isAnother(current, currentOf(subject, own)) ? 'another release went live meanwhile' : null)
    if (cause !== null) found.set(subject, underWay(subject, cause))
  }
  return found
}

function underWay({ desire: { tenant } }: Subject, who: string): Trace {
  const cause = `a run was under way, so what differs may be what it was changing: ${who}`
  return trace(tenant.name, unseen('lock', cause), `when it is over: tenant doctor ${tenant.name}`)
}

/** Null for those that can't be looked at, which is told of them already. */
async function lookAgain(
  remote: Observer,
  subjects: readonly Subject[],
  narrow: boolean
): Promise<(Inspection | null)[]> {
  if (subjects.length === 0) return []
  const groups = subjects.map((subject) => ({ as: subject.layout.account, resources: watched(subject) }))
  if (!narrow) return inspectTogether(remote, 'root', groups)
  const looks: (Inspection | null)[] = []
  for (const { as, resources } of groups)
    looks.push(
      await inspect(remote, as, resources).catch((thrown: unknown) => {
        if (isLost(asTenantError(thrown))) throw thrown
        return null
      })
    )
  return looks
}

function watched({ lock, app, marketing }: Subject): Resource[] {
  const releases = [app?.release, marketing?.release].filter((release) => release !== undefined)
  return [lock, ...releases] as unknown as Resource[]
}

/** What `current` of each lane points to, of those that could be looked at. */
export function currentOf(subject: Subject, own: Inspection): Judged['current'] {
  const current: Judged['current'] = {}
  for (const lane of ['app', 'marketing'] as const) {
    const release = subject[lane]?.release
    if (release !== undefined && own.finding(release).verdict !== 'unknown')
      current[lane] = own.facts(release).releases.current
  }
  return current
}

function isAnother(before: Judged['current'], now: Judged['current']): boolean {
  return (['app', 'marketing'] as const).some(
    (lane) => before[lane] !== undefined && now[lane] !== undefined && before[lane] !== now[lane]
  )
}
