import { posix } from 'node:path'
import { asTenantError, TenantError } from '../errors.ts'
import type { Answer, FileFact } from '../facts/facts.ts'
import type { FileRequest } from '../facts/requests.ts'
import type { LaneName } from '../report/report.ts'
import { appEnvironment } from '../resources/desired-state.ts'
import { filesResource, treeChanges } from '../resources/files.ts'
import { inspect } from '../resources/inspect.ts'
import { processResource } from '../resources/process.ts'
import { appAsMade, MOST_RECORD_BYTES, readRecord, type ReleaseRecord } from '../resources/record.ts'
import type { Resource } from '../resources/resource.ts'
import { isLoaded, siteResource, siteText } from '../resources/site.ts'
import { siteUrl } from '../resources/site-view.ts'
import { choosePorts, publish, retire, startBeside, type SiteSwap } from './activate.ts'
import type { HeldLock } from './lock.ts'
import { processes } from './process.ts'
import { Recorder } from './recorder.ts'
import { logEvent } from './records.ts'
import { rollbackTarget } from './release.ts'
import { returnable } from './releases.ts'
import { keeper, type Shipment } from './shipment.ts'
import { Undo } from './undo.ts'

/** Returns a lane to its last healthy release: code, environment, process and site together. Never throws; the report says how it went. */
export async function rollbackLane(shipment: Shipment, lock: HeldLock | null, lane: LaneName): Promise<Recorder> {
  const site = lane === 'app' ? shipment.tenant.app! : shipment.tenant.marketing!
  const recorder = new Recorder(lane, siteUrl(shipment.host, site.domain), shipment.tell, shipment.signal)
  const undo = new Undo()
  try {
    await rollBack(shipment, recorder, undo, lock, lane)
  } catch (thrown) {
    recorder.fail(await undo.rollBack(asTenantError(thrown)))
  }
  return recorder
}

async function rollBack(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  lock: HeldLock | null,
  lane: LaneName
): Promise<void> {
  const { layout, remote } = shipment
  const { report } = recorder
  const { id, live, running, target } = await recorder.step('choose', async (note) => {
    const fact = await returnable(shipment, lane)
    report.release = report.previous = fact.current
    const id = rollbackTarget(lane, fact)
    note(`${fact.current} -> ${id}`)
    return {
      id,
      live: fact.current!,
      running: await runningNow(shipment, lane),
      target: await targetOf(shipment, lane, id)
    }
  })
  report.files = treeChanges(target.record.files, running.record?.files ?? {})
  if (shipment.dryRun) {
    report.changed = true
    return
  }
  undo.note('the mark of the failed release', async ({ kind }) => {
    // What ended for another reason, as because another account has its port, says nothing about the release.
    if (kind === 'health') await logEvent(shipment, lane, id, 'failed', 'as the target of a rollback')
  })
  const app = lane === 'app' ? appAsMade(shipment.tenant.app!, target.record.recipe) : null
  if (app !== null) shipment = { ...shipment, tenant: { ...shipment.tenant, app } }
  const ports =
    app === null ? null : choosePorts(app.ports, { recorded: running.record?.recipe['ports'], isB: running.onB })
  if (ports !== null) await startBeside(shipment, recorder, undo, id, live, ports)
  // Noted before the rename: a run that is cut off right after it must not leave the release eligible.
  undo.add('the mark of what was rolled back', () => logEvent(shipment, lane, live, 'published', 'it stays'), {
    seen: false
  })
  await logEvent(shipment, lane, live, 'rolled-back', `to ${id}`)
  await publish(shipment, recorder, undo, lock!, {
    lane,
    id,
    previous: live,
    tree: target.record.files,
    site: target.site,
    record: null
  })
  if (ports !== null) {
    const names = (await processes(shipment)).map(({ name }) => name)
    const old = layout.processName(live)
    await retire(shipment, recorder, id, names.includes(old) ? old : null, ports.live, names)
    recorder.warn('the database stays as it is: migrations are never taken back')
  }
  // What was returned to is judged by what it recorded of itself, not by today's manifest.
  const returned = [
    filesResource(layout, lane, target.record.files, null),
    siteResource(layout, lane, target.site.text, shipment.host.nginx.pid),
    ...(app === null ? [] : [processResource(layout, app, Object.keys(appEnvironment(shipment)))])
  ] as unknown as Resource[]
  report.findings = await recorder.step(
    'verify',
    async () => (await inspect(remote, layout.account, returned)).findings
  )
}

type Files<Name extends string> = Record<Name, FileRequest>

/** How the live release was made, and which port it has: this much its own account may say of its own process. */
async function runningNow(shipment: Shipment, lane: LaneName): Promise<{ record: ReleaseRecord | null; onB: boolean }> {
  const { layout } = shipment
  const { current } = layout.lane(lane)
  const facts = await look(shipment, lane, layout.account, {
    live: textFile(`${current}/${layout.record}`),
    onB: { kind: 'file', path: `${current}/${layout.marker}` }
  })
  return { record: readRecord(facts.live), onB: facts.onB.exists }
}

/** What the release was published with, by the records that no tenant can write. */
async function targetOf(
  shipment: Shipment,
  lane: LaneName,
  id: string
): Promise<{ record: ReleaseRecord; site: SiteSwap }> {
  const { layout, remote, host } = shipment
  const recorded = layout.records.lane(lane)
  const path = layout.site(lane)
  const [facts, { nginx }] = await Promise.all([
    look(shipment, lane, keeper(shipment), {
      record: textFile(recorded.record(id)),
      site: textFile(recorded.site(id)),
      served: textFile(path)
    }),
    remote.gather({ nginx: { kind: 'nginx', pidFile: host.nginx.pid } }, { as: keeper(shipment) })
  ])
  if (!nginx.ok) throw unseen(shipment, lane, nginx.cause)
  const record = readRecord(facts.record)
  const text = siteText(facts.site)
  if (record === null || text === null)
    throw new TenantError('no-release', `the release ${id} has lost its record`, {
      where: posix.dirname(recorded.record(id)),
      remedy: 'deploy the commit that you want instead'
    })
  return { record, site: { path, text, live: siteText(facts.served), loaded: isLoaded(facts.served, nginx.fact) } }
}

function textFile(path: string): FileRequest {
  return { kind: 'file', path, contentUpTo: MOST_RECORD_BYTES }
}

async function look<Name extends string>(
  shipment: Shipment,
  lane: LaneName,
  as: string,
  files: Files<Name>
): Promise<Record<Name, FileFact>> {
  const answers: Record<string, Answer<FileRequest>> = await shipment.remote.gather<Files<Name>>(files, { as })
  const facts = Object.entries(answers).map(([name, answer]) => {
    if (!answer.ok) throw unseen(shipment, lane, answer.cause)
    return [name, answer.fact]
  })
  return Object.fromEntries(facts) as Record<Name, FileFact>
}

function unseen({ layout }: Shipment, lane: LaneName, cause: string): TenantError {
  return new TenantError('host-answer', `could not look at the releases: ${cause}`, {
    where: layout.lane(lane).root,
    remedy: 'put right what the host says; nothing was changed'
  })
}
