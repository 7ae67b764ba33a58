import { asTenantError, TenantError } from '../errors.ts'
import type { FileRequest } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import { treeChanges } from '../resources/files.ts'
import { MOST_RECORD_BYTES, readRecord } from '../resources/record.ts'
import { siteText } from '../resources/site.ts'
import { siteUrl } from '../resources/site-view.ts'
import { publish, retire, startBeside } from './activate.ts'
import type { HeldLock } from './lock.ts'
import { processes } from './process.ts'
import { Recorder } from './recorder.ts'
import { logEvent, rollbackTarget } from './release.ts'
import { releases } from './releases.ts'
import type { Shipment } from './shipment.ts'
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
    const fact = await releases(shipment, lane)
    report.release = report.previous = fact.current
    const id = rollbackTarget(lane, fact)
    const { current, release } = layout.lane(lane)
    const file = (path: string): FileRequest => ({ kind: 'file', path, contentUpTo: MOST_RECORD_BYTES })
    const facts = await remote.gather(
      {
        target: file(`${release(id)}/${layout.record}`),
        text: file(`${release(id)}/${layout.siteRecord}`),
        served: file(layout.site(lane)),
        live: file(`${current}/${layout.record}`),
        onB: { kind: 'file', path: `${current}/${layout.marker}` }
      },
      { as: layout.account }
    )
    for (const answer of Object.values(facts)) {
      if (!answer.ok)
        throw new TenantError('host-answer', `could not look at the releases: ${answer.cause}`, {
          where: layout.lane(lane).root,
          remedy: 'put right what the host says; nothing was changed'
        })
    }
    const found = facts as { [K in keyof typeof facts]: Extract<(typeof facts)[K], { ok: true }> }
    const record = readRecord(found.target.fact)
    const text = siteText(found.text.fact)
    if (record === null || text === null)
      throw new TenantError('no-release', `the release ${id} has lost its record`, {
        where: release(id),
        remedy: 'deploy the commit that you want instead'
      })
    note(`${fact.current} -> ${id}`)
    return {
      id,
      live: fact.current!,
      running: { record: readRecord(found.live.fact), onB: found.onB.fact.exists },
      target: { record, text, served: siteText(found.served.fact) }
    }
  })
  report.files = treeChanges(target.record.files, running.record?.files ?? {})
  if (shipment.dryRun) {
    report.changed = true
    return
  }
  const app = lane === 'app' ? shipment.tenant.app! : null
  if (app !== null)
    await startBeside(shipment, recorder, undo, id, {
      live: app.ports[running.onB ? 1 : 0],
      free: app.ports[running.onB ? 0 : 1],
      freeIsB: !running.onB
    })
  await publish(shipment, recorder, undo, lock!, {
    lane,
    id,
    previous: live,
    tree: target.record.files,
    site: { path: layout.site(lane), text: target.text, live: target.served }
  })
  await logEvent(shipment, lane, live, 'rolled-back', `to ${id}`)
  if (app !== null) {
    const names = (await processes(shipment)).map(({ name }) => name)
    const old = layout.processName(live)
    await retire(shipment, recorder, id, names.includes(old) ? old : null, app.ports[running.onB ? 1 : 0], names)
    recorder.warn('the database stays as it is: migrations are never taken back')
  }
}
