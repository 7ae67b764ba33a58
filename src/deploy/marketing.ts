import { join } from 'node:path'
import { asTenantError, TenantError } from '../errors.ts'
import type { FileChanges } from '../report/report.ts'
import { desiredMarketing } from '../resources/desired-state.ts'
import { canBeStaged, treeChanges } from '../resources/files.ts'
import { fingerprint } from '../resources/fingerprint.ts'
import { readRecord, type ReleaseRecord } from '../resources/record.ts'
import { inspect } from '../resources/inspect.ts'
import { isLoaded, siteText } from '../resources/site.ts'
import { siteUrl } from '../resources/site-view.ts'
import { asCompared, publish, republish } from './activate.ts'
import type { HeldLock } from './lock.ts'
import { prune } from './prune.ts'
import { Recorder } from './recorder.ts'
import { confirmPublished, logEvent } from './records.ts'
import { beginRelease, newReleaseId, writeFile, writeRecord } from './release.ts'
import { looker, type Shipment } from './shipment.ts'
import { checkSite, siteChange } from './site.ts'
import { describeSource, marketingSource, scratch } from '../source/source.ts'
import { addFile, copyHashed } from '../source/tree.ts'
import { Undo } from './undo.ts'

const SYNC_MS = 30 * 60_000

export interface MarketingOptions {
  /** Ship the site as it is live, with nothing new but the live app's widget. */
  widgetOnly: boolean
}

/** Ships the marketing site. Never throws; the report says how it went. */
export async function deployMarketing(
  shipment: Shipment,
  lock: HeldLock | null,
  options: MarketingOptions
): Promise<Recorder> {
  const recorder = new Recorder(
    'marketing',
    siteUrl(shipment.host, shipment.tenant.marketing!.domain),
    shipment.tell,
    shipment.signal
  )
  const undo = new Undo()
  await using work = await scratch()
  try {
    await ship(shipment, recorder, undo, lock, work.path, options)
  } catch (thrown) {
    recorder.fail(await undo.rollBack(asTenantError(thrown)))
  }
  return recorder
}

async function ship(
  shipment: Shipment,
  recorder: Recorder,
  undo: Undo,
  lock: HeldLock | null,
  work: string,
  options: MarketingOptions
): Promise<void> {
  const { report } = recorder
  const { layout, remote } = shipment
  const site = shipment.tenant.marketing!
  const stage = join(work, 'site')
  const source = options.widgetOnly ? null : await readSource(shipment, recorder, work)
  const desired = desiredMarketing(shipment, source?.tree ?? null)
  const before = await recorder.step('compare', () => inspect(remote, looker(shipment), desired.all))

  const { releases } = before.facts(desired.release)
  const facts = before.facts(desired.files)
  const tree = desired.files.desired(facts)
  const found = before.facts(desired.site)
  const live = siteText(found.file)
  // A run that only brings the widget leaves the site alone: it may be that of the release that was returned to.
  const text = options.widgetOnly ? (live ?? desired.site.text) : desired.site.text
  const served = { path: desired.site.path, text, live, loaded: isLoaded(found.file, found.nginx) }
  const liveTree = desired.files.live(facts)
  report.release = report.previous = releases.current
  const made = readRecord(before.facts(desired.release).record)
  const others = desired.files.others(facts)
  // They were never shipped, and a new release does not have them: no sync itemises what is gone by that.
  const withOthers = (changes: FileChanges) => ({ ...changes, deleted: [...changes.deleted, ...others].sort() })
  report.files = withOthers(treeChanges(tree, liveTree))
  report.site = siteChange(served.path, served.live, served.text)
  if (source !== null) {
    report.fingerprint = fingerprint(
      shipment,
      // What is built is another each time, and its source is what was reviewed.
      { ...source, mark: site.build === undefined ? null : source.mark, site: desired.site, migrations: null },
      {
        tree: liveTree,
        others,
        site: shipment.placed.includes('marketing') ? null : served.live,
        record: made,
        applied: null,
        env: null
      }
    )
  }
  const isUnbuilt = source !== null && source.tree === null
  const isSourceLive = made !== null && (made.source ?? null) === (source?.mark ?? null)
  if (isUnbuilt) report.uncompared = unbuilt(isSourceLive)
  if (site.widget !== undefined && !canBeStaged(facts.widget)) {
    if (!shipment.dryRun) throw noWidget(site.widget.file, facts.widget.exists)
    recorder.warn(`the app does not serve ${site.widget.file} yet: it has to ship first`)
  }
  const isInSync = (resource: { address: string }) => before.finding(resource).verdict === 'in-sync'
  if (shipment.dryRun) {
    report.changed = !before.findings.every(({ verdict }) => verdict === 'in-sync') || (isUnbuilt && !isSourceLive)
    report.findings = before.findings
    return
  }
  const judged = options.widgetOnly
    ? desired.all.filter(({ address }) => address !== desired.site.address)
    : desired.all
  let isMarked = false
  if (!isInSync(desired.release) || !isInSync(desired.files)) await newRelease()
  else {
    for (const name of ['sync', 'publish']) recorder.skip(name, 'nothing differs', 'unchanged')
    if (options.widgetOnly) recorder.skip('nginx', 'the site stays as it is', 'unchanged')
    else await republish(shipment, recorder, undo, 'marketing', releases.current!, tree, served)
    await confirmPublished(shipment, 'marketing', releases)
    isMarked = await keepMark()
  }
  report.findings =
    report.changed || isMarked
      ? await recorder.step('verify', async () => (await inspect(remote, layout.account, judged)).findings)
      : asCompared(recorder, before).filter(({ address }) => judged.some((one) => one.address === address))

  /** Another source by now, and the same files: from here on it stands for the release. */
  async function keepMark(): Promise<boolean> {
    if (source === null || made === null || (made.source ?? null) === source.mark) return false
    const path = `${layout.lane('marketing').release(made.id)}/${layout.record}`
    await writeFile(shipment, path, `${JSON.stringify({ ...made, source: source.mark })}\n`)
    return true
  }

  async function newRelease(): Promise<void> {
    // What is shipped of a clone is the clone's commit, and the list of releases says so.
    const commit = source === null ? made?.commit : source.commit
    const identity = { ...shipment.identity, commit: commit ?? shipment.identity.commit }
    await shipRelease({ ...shipment, identity }, source === null ? (made?.source ?? null) : source.mark)
  }

  async function staged(): Promise<void> {
    if (source !== null) await copyHashed(source.files!, source.tree!, stage)
  }

  async function shipRelease(shipment: Shipment, mark: string | null): Promise<void> {
    const id = newReleaseId(shipment.identity.commit, releases)
    const record: ReleaseRecord = {
      version: 1,
      id,
      at: new Date().toISOString(),
      ...shipment.identity,
      recipe: {},
      lockfile: null,
      source: mark,
      files: tree
    }
    if (served.live !== served.text)
      await recorder.step('nginx check', () => checkSite(shipment, served.path, served.text))
    undo.note('the mark of the failed release', () => logEvent(shipment, 'marketing', id, 'failed'))
    await recorder.step('sync', async (note) => {
      await beginRelease(shipment, 'marketing', id, liveTree, staged())
      await logEvent(shipment, 'marketing', id, 'started')
      const widget = Buffer.from(facts.widget.content ?? '', 'base64')
      if (source !== null) {
        if (site.widget !== undefined) await addFile(source.tree!, stage, site.widget.to, widget)
        report.files = withOthers(
          await remote.sync({
            from: stage,
            to: layout.lane('marketing').release(id),
            keep: [layout.meta],
            as: layout.account,
            deadlineMs: SYNC_MS,
            tell: shipment.tell
          })
        )
      } else if (site.widget !== undefined) {
        await writeFile(shipment, `${layout.lane('marketing').release(id)}/${site.widget.to}`, widget)
      }
      await writeRecord(shipment, 'marketing', record, served.text)
      note(id)
    })
    await publish(shipment, recorder, undo, lock!, {
      lane: 'marketing',
      id,
      previous: releases.current,
      tree,
      // A run that only brings the widget leaves the site alone, whoever has read it.
      site: options.widgetOnly && served.live !== null ? null : served,
      record
    })
    await prune(shipment, recorder, 'marketing')
  }
}

async function readSource(
  shipment: Shipment,
  recorder: Recorder,
  work: string
): Promise<Awaited<ReturnType<typeof marketingSource>>> {
  return recorder.step('source', async (note) => {
    const source = await (shipment.ahead?.marketing ?? marketingSource(shipment, work))
    note(describeSource(source))
    return source
  })
}

function unbuilt(isSourceLive: boolean): string {
  const source = isSourceLive
    ? 'its source is that of the live release'
    : 'its source is another than that of the live release'
  return `the site is built when it ships, and a preview builds nothing: ${source}, and its files were not compared`
}

function noWidget(file: string, exists: boolean): TenantError {
  return exists
    ? new TenantError('source', `the widget is larger than 8 MiB: ${file}`, {
        where: 'marketing.widget',
        remedy: 'name the built script itself'
      })
    : new TenantError('source', `the live app has no widget at ${file}`, {
        where: 'marketing.widget',
        remedy:
          'ship the app first (tenant deploy <tenant> all does both in order), or correct widget.file: it is a path in the app after its build'
      })
}
