import type { Tree } from '../facts/facts.ts'
import type { Finding, LaneName } from '../report/report.ts'
import type { Inspection } from '../resources/inspect.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import { assertFree } from './port.ts'
import { drain, processes, removeProcesses, settle, saveProcesses, startProcess, waitForHealth } from './process.ts'
import { checkPublic } from './public.ts'
import type { Recorder } from './recorder.ts'
import { keepRecord, keepSite, logEvent } from './records.ts'
import { pointCurrent, writeFile } from './release.ts'
import type { HeldLock } from './lock.ts'
import type { Shipment } from './shipment.ts'
import { checkSite, placeSite, putBackSite, siteChange } from './site.ts'
import type { Undo } from './undo.ts'
import { mustExecute } from '../remote/execute.ts'

const MARK_MS = 20_000

/** A site to put in place, what its file holds now, and whether that is what nginx has read. */
export interface SiteSwap {
  path: string
  text: string
  live: string | null
  loaded: boolean
}

/** A release that stands ready on the host, and what it replaces. */
export interface Candidate {
  lane: LaneName
  id: string
  previous: string | null
  tree: Tree
  /** The site to serve it with, and what the site's file holds now; null: it stays as it is. */
  site: SiteSwap | null
  /** What the release says of itself; null where it is on record already. */
  record: ReleaseRecord | null
}

/** The port that the live release has, and the one that the next release starts on. */
export interface Ports {
  live: number
  free: number
  /** Whether the free one is the second of the manifest's, which a marker in the release names. */
  freeIsB: boolean
}

/**
 * The next release takes the port that the live one has not. Where the manifest has other ports by now, it takes
 * the one in the same place: as soon as nginx has the new site, it asks that port for the release that is live.
 * @param live the ports that the live release was made with and which of them it has; null where nothing is live
 */
export function choosePorts(
  ports: readonly [number, number],
  live: { recorded: string | undefined; isB: boolean } | null
): Ports {
  if (live === null) return { live: ports[1], free: ports[0], freeIsB: false }
  const before = live.recorded?.split(' ').map(Number) ?? ports
  const taken = before[live.isB ? 1 : 0]!
  const freeIsB = ports[live.isB ? 1 : 0] === taken ? !live.isB : live.isB
  return { live: taken, free: ports[freeIsB ? 1 : 0], freeIsB }
}

/** Starts the release beside the live one and waits until it answers with its own id. Deploy and rollback pass the same gate. */
export async function startBeside(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  id: string,
  live: string | null,
  ports: Ports
): Promise<void> {
  const { layout, remote } = shipment
  const name = layout.processName(id)
  await recorder.step('start', async (note) => {
    // What runs besides the live release was left by a run that was cut off.
    const running = (await processes(shipment)).map(({ name }) => name)
    await removeProcesses(
      shipment,
      running.filter((name) => live === null || name !== layout.processName(live))
    )
    await assertFree(shipment, ports.free)
    undo.add('the new process', () => removeProcesses(shipment, [name]), { seen: false })
    await mustExecute(
      remote,
      {
        script: `if [ "$2" = b ]; then : >"$1"; else rm -f -- "$1"; fi`,
        args: [`${layout.lane('app').release(id)}/${layout.marker}`, ports.freeIsB ? 'b' : 'a']
      },
      { as: layout.account, step: "mark the release's port", deadlineMs: MARK_MS }
    )
    await startProcess(shipment, id, ports.free)
    note(`port ${ports.free}`)
  })
  await recorder.step('health', () => waitForHealth(shipment, recorder, id, ports.free))
}

/**
 * Makes a release that stands ready the live one: site, rename, and the look from outside. Until the look is
 * over everything can be taken back.
 */
export async function publish(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  lock: HeldLock,
  candidate: Candidate
): Promise<void> {
  const { lane, id, previous, site, record } = candidate
  if (site === null) recorder.skip('nginx', 'the site stays as it is', 'unchanged')
  else await swapSite(shipment, recorder, undo, site)
  await recorder.step('publish', async (note) => {
    lock.assertHeld()
    if (record !== null) await keepRecord(shipment, lane, record)
    await logEvent(shipment, lane, id, 'healthy')
    undo.add('the rename of current', async () => {
      await pointCurrent(shipment, lane, previous)
      await settle()
    })
    await pointCurrent(shipment, lane, id)
    note(previous === null ? 'first release' : `instead of ${previous}`)
  })
  await recorder.step('public check', () => checkPublic(shipment, recorder, lane, id, candidate.tree))
  await logEvent(shipment, lane, id, 'published')
  undo.forget()
  recorder.report.release = id
  recorder.report.changed = true
}

/** Puts the site in place where it differs or nginx has not read it, and says in the report what came of it. */
export async function swapSite(shipment: Shipment, recorder: Recorder, undo: Undo, site: SiteSwap): Promise<void> {
  const change = siteChange(site.path, site.live, site.text)
  recorder.report.site = change
  if (!change.changed && site.loaded) return recorder.skip('nginx', 'the site is as it should be', 'unchanged')
  await recorder.step('nginx', async (note) => {
    await checkSite(shipment, site.path, site.text)
    await placeSite(shipment, site.path, site.text, () =>
      undo.add('the nginx site', () => putBackSite(shipment, site.path))
    )
    change.reloaded = true
    note('checked, put in place, reloaded')
  })
}

/**
 * Puts a changed site in place for the release that is live already. The release keeps it as the site that it was
 * published with, so that a rollback to it brings it back.
 */
export async function republish(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  lane: LaneName,
  live: string,
  tree: Tree,
  site: SiteSwap
): Promise<void> {
  await swapSite(shipment, recorder, undo, site)
  if (!recorder.report.site!.reloaded) return
  await recorder.step('public check', () => checkPublic(shipment, recorder, lane, live, tree))
  undo.forget()
  recorder.report.changed = true
  await writeFile(
    shipment,
    `${shipment.layout.lane(lane).release(live)}/${shipment.layout.siteRecord}`,
    Buffer.from(site.text)
  )
  await keepSite(shipment, lane, live)
}

/** Ends what the live release has replaced: the old process when its requests are answered, and strays of earlier failures. */
export async function retire(
  shipment: Shipment,
  recorder: Recorder,
  live: string,
  oldName: string | null,
  port: number,
  strays: readonly string[]
): Promise<void> {
  await recorder.step('drain', async (note) => {
    if (oldName === null) note('nothing was running before', 'skipped')
    else note(await drain(shipment, oldName, port))
    await removeProcesses(
      shipment,
      strays.filter((name) => name !== shipment.layout.processName(live))
    )
    await saveProcesses(shipment)
  })
}

/** A run that holds the lock and has changed nothing since it compared finds what it found: it does not look again. */
export function asCompared(recorder: Recorder, before: Inspection): Finding[] {
  recorder.skip('verify', 'nothing was changed since it was compared', 'unchanged')
  return before.findings
}
