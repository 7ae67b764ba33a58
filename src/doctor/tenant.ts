import type { TenantError } from '../errors.ts'
import type { Observer } from '../remote/remote.ts'
import { inspect, inspectTogether } from '../resources/inspect.ts'
import { judgeApp, processAsMade } from './app.ts'
import type { LaneJudgement, Seen } from './lane.ts'
import { NOTHING, type Judged } from './judged.ts'
import { judgeMarketing } from './marketing.ts'
import { pendingFinding } from './pending.ts'
import type { LiveRelease } from './public/live.ts'
import { laneRemedy, lookAgain, provisionRemedy } from './remedy.ts'
import { managedResources, type Subject } from './subject.ts'
import { trace, unseen, type Trace } from './trace.ts'
import { currentOf, holderOf } from './under-way.ts'

export interface Circumstances {
  /** Nobody looked as root. */
  narrow: boolean
}

export async function judgeTenant(
  remote: Observer,
  subject: Subject,
  seen: Seen | TenantError,
  { narrow }: Circumstances
): Promise<Judged> {
  const { name } = subject.desire.tenant
  if (seen instanceof Error) {
    return { ...NOTHING, traces: [trace(name, unseen('account', seen.message), seen.remedy ?? lookAgain(name))] }
  }
  const traces = [...absentSecrets(subject), ...(narrow ? [] : isolationTraces(subject, seen))]
  const app = subject.app === null ? null : judgeApp(subject, seen)
  if (app !== null) await askAsMade(remote, subject, app, narrow)
  const marketing = subject.marketing === null ? null : judgeMarketing(subject, seen)
  for (const [lane, judgement] of [
    ['app', app],
    ['marketing', marketing]
  ] as const) {
    if (judgement === null) continue
    const pending = pendingFinding(lane, judgement, subject[lane]!.shipping)
    for (const finding of [...judgement.findings, ...(pending === null ? [] : [pending])])
      traces.push(trace(name, finding, laneRemedy(finding, name)))
  }
  return {
    traces,
    checked: seen.own.findings.length + (narrow ? 0 : seen.root.findings.length),
    live: { app: liveOf(app), marketing: liveOf(marketing) },
    current: currentOf(subject, seen.own),
    holder: holderOf(subject, seen.own)
  }
}

/** What provision makes for the tenant; what it makes for all is judged once for the host. */
function isolationTraces(subject: Subject, { root }: Seen): Trace[] {
  const { name } = subject.desire.tenant
  return managedResources(subject)
    .filter(({ address }) => !address.startsWith('host.') && root.finding({ address }).verdict !== 'in-sync')
    .map((resource) => trace(name, root.finding(resource), provisionRemedy(root, resource, name)))
}

/** A process that was started by another manifest is asked again, on the ports that it was given. */
async function askAsMade(remote: Observer, subject: Subject, app: LaneJudgement, narrow: boolean): Promise<void> {
  const process = processAsMade(subject, app)
  if (process === null) return
  const { account } = subject.layout
  const [seen] = narrow
    ? [await inspect(remote, account, [process])]
    : await inspectTogether(remote, 'root', [{ as: account, resources: [process] }])
  const finding = seen!.finding(process)
  const others = app.findings.filter(({ address }) => address !== process.address)
  app.findings = finding.verdict === 'in-sync' ? others : [...others, finding]
}

function absentSecrets({ absent, desire: { tenant } }: Subject): Trace[] {
  if (absent.length === 0) return []
  const cause = `what is made of these secrets was not compared, as they were not handed over: ${absent.join(', ')}`
  return [
    trace(
      tenant.name,
      unseen('secrets', cause),
      'hand them over (input secrets: ${{ toJSON(secrets) }}, or TENANT_SECRETS)'
    )
  ]
}

function liveOf(judgement: LaneJudgement | null): LiveRelease | null {
  const live = judgement?.live ?? null
  return live === null ? null : { release: live.release, files: live.files }
}
