import { TenantError } from '../errors.ts'
import type { Tree } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import { drain, removeProcesses, saveProcesses, startProcess, waitForHealth } from './process.ts'
import { checkPublic } from './public.ts'
import type { Recorder } from './recorder.ts'
import { logEvent, pointCurrent } from './release.ts'
import type { HeldLock } from './lock.ts'
import type { Shipment } from './shipment.ts'
import { checkSite, placeSite, siteChange } from './site.ts'
import type { Undo } from './undo.ts'
import { mustExecute } from '../remote/execute.ts'

const MARK_MS = 20_000

/** A release that stands ready on the host, and what it replaces. */
export interface Candidate {
  lane: LaneName
  id: string
  previous: string | null
  tree: Tree
  /** The site to serve it with, and what the site's file holds now. */
  site: { path: string; text: string; live: string | null }
}

/** The app's upstream ports: which one the live release has, and which one is free. */
export interface Ports {
  live: number
  free: number
  /** Whether the free one is the second, which a marker in the release names. */
  freeIsB: boolean
}

/** Starts the release beside the live one and waits until it answers with its own id. Deploy and rollback pass the same gate. */
export async function startBeside(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  id: string,
  ports: Ports
): Promise<void> {
  const { layout, remote } = shipment
  const name = layout.processName(id)
  await recorder.step('start', async (note) => {
    const { free } = await remote.gather(
      { free: { kind: 'connections', port: ports.free, deadlineMs: 0 } },
      { as: layout.account }
    )
    if (free.ok && free.fact.listening) {
      throw new TenantError('start', `port ${ports.free} is taken by another program on the host`, {
        where: remote.name,
        remedy: `end that program (ss -ltnp 'sport = :${ports.free}' names it), or give the tenant other ports in its manifest`
      })
    }
    undo.add('the new process', () => removeProcesses(shipment, [name]))
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
  const { lane, id, previous, site } = candidate
  const change = siteChange(site.path, site.live, site.text)
  recorder.report.site = change
  if (change.changed) {
    await recorder.step('nginx', async (note) => {
      await checkSite(shipment, site.path, site.text)
      undo.add('the nginx site', () => placeSite(shipment, site.path, site.text, site.live))
      await placeSite(shipment, site.path, site.live, site.text)
      change.reloaded = true
      note('checked, put in place, reloaded')
    })
  } else recorder.skip('nginx', 'the site is as it should be', 'unchanged')
  await recorder.step('publish', async (note) => {
    lock.assertHeld()
    await logEvent(shipment, lane, id, 'healthy')
    undo.add('the rename of current', () => pointCurrent(shipment, lane, previous))
    await pointCurrent(shipment, lane, id)
    note(previous === null ? 'first release' : `instead of ${previous}`)
  })
  await recorder.step('public check', () => checkPublic(shipment, recorder, lane, id, candidate.tree))
  await logEvent(shipment, lane, id, 'published')
  undo.forget()
  recorder.report.release = id
  recorder.report.changed = true
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
