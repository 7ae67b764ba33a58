import { TenantError } from '../errors.ts'
import { tail } from '../remote/execute.ts'
import type { Remote } from '../remote/remote.ts'
import type { ProvisionChange } from '../report/report.ts'
import type { Inspection } from './inspect.ts'
import type { Change, Managed } from './resource.ts'

const CHANGE_MS = 60_000

/** How a walk is told: one step for each resource that is looked at again or changed. */
export interface Walk {
  remote: Remote
  /** Looks at what is still before us. It is done again after each change, as one thing can depend on another. */
  look(resources: readonly Managed[]): Promise<Inspection>
  /** What was seen last; null: look first. */
  seen: Inspection | null
  /** Runs the changes of one resource as a step of the report. */
  step(address: string, work: (note: (text: string) => void) => Promise<void>): Promise<void>
  /** Told of each resource that differs, before anything is done about it. */
  onChange(change: ProvisionChange): void
  /** Told when something has been changed. */
  onChanged(): void
}

/**
 * Brings each resource, in order, to what is desired. Each is compared at the moment at which it would be changed.
 * A difference that no change converges stays, and the inspection afterwards tells it.
 */
export async function converge(walk: Walk, resources: readonly Managed[]): Promise<void> {
  let { seen } = walk
  for (const [at, resource] of resources.entries()) {
    seen ??= await walk.look(resources.slice(at))
    const planned = await planIn(walk, seen, resource)
    if (planned === null) continue
    walk.onChange(planned.told)
    if (planned.changes.length === 0 && resource.essential === undefined) continue
    await walk.step(resource.address, async (note) => {
      if (planned.changes.length === 0) throw stuck(planned.told, walk.remote)
      for (const change of planned.changes) {
        note(change.what)
        await carryOut(walk.remote, change, resource)
        walk.onChanged()
      }
    })
    seen = null
  }
}

/** What could not be looked at is the fault of this step, and of none before it. */
async function planIn(walk: Walk, seen: Inspection, resource: Managed): Promise<ReturnType<typeof plan>> {
  try {
    return plan(seen, resource)
  } catch (thrown) {
    await walk.step(resource.address, () => Promise.reject(thrown as Error))
    throw thrown
  }
}

/**
 * What would be done about a resource; null where nothing differs.
 * @throws TenantError where it could not be looked at
 */
export function plan(seen: Inspection, resource: Managed): { told: ProvisionChange; changes: Change[] } | null {
  const { verdict, differences } = seen.finding(resource)
  if (verdict === 'in-sync') return null
  const changes = resource.changes(seen.facts(resource))
  const { address, remedy } = resource
  const told = { address, verdict, differences, actions: changes.map(({ what }) => what) }
  return { told: changes.length > 0 || remedy === undefined ? told : { ...told, remedy }, changes }
}

function stuck({ address, differences, remedy }: ProvisionChange, remote: Remote): TenantError {
  const told = differences.map(({ attribute, expected, actual }) => `${attribute}: ${actual}, expected ${expected}`)
  return new TenantError('provision', `the ${address} can't be used as it is (${told.join('; ')})`, {
    where: `${address} on ${remote.name}`,
    ...(remedy === undefined ? {} : { remedy })
  })
}

async function carryOut(remote: Remote, change: Change, resource: Managed): Promise<void> {
  const { what, as, command, input, deadlineMs } = change
  const result = await remote.execute(command, {
    as,
    step: what,
    deadlineMs: deadlineMs ?? CHANGE_MS,
    ...(input === undefined ? {} : { input })
  })
  if (result.code === 0) return
  throw new TenantError('provision', `could not ${what} (exit code ${result.code})`, {
    where: `${resource.address} on ${remote.name}`,
    remedy: 'put right what the log below says, and run the same command again: what was done stays, the rest follows',
    log: tail(`${result.stdout}\n${result.stderr}`)
  })
}
