import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { appEnvironment, appRecipe, databaseAddress, desiredApp } from '../resources/desired-state.ts'
import { envChanges } from '../resources/environment.ts'
import { envText } from '../resources/env-text.ts'
import { treeChanges } from '../resources/files.ts'
import { inspect } from '../resources/inspect.ts'
import { fingerprint } from '../resources/fingerprint.ts'
import { pendingSql, sortMigrations } from '../resources/migrations.ts'
import { readRecord, type ReleaseRecord } from '../resources/record.ts'
import { isLoaded, siteText } from '../resources/site.ts'
import { siteUrl } from '../resources/site-view.ts'
import { asTenantError, TenantError } from '../errors.ts'
import { asCompared, choosePorts, publish, republish, retire, startBeside } from './activate.ts'
import { build, install, keepCache, rebuiltOnHost, shareStatic } from './build.ts'
import { closeToNginx } from './close.ts'
import type { HeldLock } from './lock.ts'
import { runMigrations } from './migrate.ts'
import { readMigrations } from '../source/migrations.ts'
import { assertFree } from './port.ts'
import { removeProcesses, saveProcesses, startProcess, waitForHealth } from './process.ts'
import { prune } from './prune.ts'
import { Recorder } from './recorder.ts'
import { confirmPublished, logEvent } from './records.ts'
import { beginRelease, newReleaseId, writeFile, writeRecord } from './release.ts'
import { looker, type Shipment } from './shipment.ts'
import { checkSite, siteChange } from './site.ts'
import { appSource, describeSource, scratch } from '../source/source.ts'
import { copyHashed } from '../source/tree.ts'
import { Undo } from './undo.ts'

const SYNC_MS = 30 * 60_000

/** Ships the app: a new release beside the live one, published when it is healthy. Never throws; the report says how it went. */
export async function deployApp(shipment: Shipment, lock: HeldLock | null): Promise<Recorder> {
  const app = shipment.tenant.app!
  const recorder = new Recorder('app', siteUrl(shipment.host, app.domain), shipment.tell, shipment.signal)
  const undo = new Undo()
  await using work = await scratch()
  try {
    await ship(shipment, recorder, undo, lock, join(work.path, 'app'))
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
  stage: string
): Promise<void> {
  const { report } = recorder
  const app = shipment.tenant.app!
  const { files, tree, migrations } = await recorder.step('source', async (note) => {
    const source = await (shipment.ahead?.app ?? appSource(shipment))
    note(describeSource(source))
    return { ...source, migrations: await readMigrations(join(source.files.folder, app.migrations)) }
  })
  const desired = desiredApp(shipment, tree, migrations)
  const before = await recorder.step('compare', () => inspect(shipment.remote, looker(shipment), desired.all))

  const live = before.facts(desired.release).releases.current
  const liveTree = desired.files.live(before.facts(desired.files))
  const served = before.facts(desired.site)
  const site = {
    path: desired.site.path,
    text: desired.site.text,
    live: siteText(served.file),
    loaded: isLoaded(served.file, served.nginx)
  }
  const applied = shipment.absent.database ? [] : before.facts(desired.migrations).applied.applied
  const sorted = sortMigrations(migrations, applied)
  const isInSync = (resource: { address: string }) => before.finding(resource).verdict === 'in-sync'
  const answers = before.facts(desired.process)
  report.release = report.previous = live
  report.files = treeChanges(tree, liveTree)
  report.env = envChanges(appEnvironment(shipment), before.facts(desired.environment).file)
  report.site = siteChange(site.path, site.live, site.text)
  report.migrations = {
    applied: [],
    pending: sorted.pending.map(({ name }) => name),
    ...(shipment.dryRun && { sql: pendingSql(sorted.pending) })
  }
  const made = readRecord(before.facts(desired.release).record)
  report.fingerprint = fingerprint(
    shipment,
    { tree, mark: null, site: desired.site, migrations },
    {
      tree: liveTree,
      others: [],
      site: shipment.placed.includes('app') ? null : site.live,
      record: made,
      applied,
      env: before.facts(desired.environment).file
    }
  )
  if (sorted.edited.length > 0) {
    throw new TenantError('migration', `edited after being applied: ${sorted.edited.join(', ')}`, {
      where: app.source,
      remedy: 'put the file back as it was, and write what is new into a new migration'
    })
  }
  const liveIsB = answers.onB.exists
  const ports = choosePorts(app.ports, live === null ? null : { recorded: made?.recipe['ports'], isB: liveIsB })
  const status = answers.processes.processes.find(
    ({ name }) => live !== null && name === shipment.layout.processName(live)
  )?.status
  // A process that runs may still serve, however ill it is: what replaces it has to pass the gate first.
  const isDown = live !== null && (status === undefined || status === 'stopped' || status === 'errored')
  const needsRelease =
    ![desired.release, desired.files, desired.environment].every(isInSync) ||
    (!isDown && desired.process.needsReplacing(answers))
  report.restarts = needsRelease || isDown
  const names = answers.processes.processes.map(({ name }) => name)
  const strays = names.filter((name) => live === null || name !== shipment.layout.processName(live))

  if (shipment.dryRun) {
    report.changed = needsRelease || isDown || strays.length > 0 || sorted.pending.length > 0 || !isInSync(desired.site)
    report.findings = before.findings
    return
  }
  if (needsRelease) await newRelease()
  else await repair()
  report.findings = report.changed
    ? await recorder.step(
        'verify',
        async () => (await inspect(shipment.remote, shipment.layout.account, desired.all)).findings
      )
    : asCompared(recorder, before)

  async function newRelease(): Promise<void> {
    const facts = before.facts(desired.release)
    const id = newReleaseId(shipment.identity.commit, facts.releases)
    const lockfile = tree[app.lockfile]?.sha256 ?? null
    const record: ReleaseRecord = {
      version: 1,
      id,
      at: new Date().toISOString(),
      ...shipment.identity,
      recipe: appRecipe(app),
      lockfile,
      environment: sha256(envText(appEnvironment(shipment))),
      files: tree
    }
    if (strays.length === 0) {
      await recorder.step('port', async (note) => {
        await assertFree(shipment, ports.free)
        note(`${ports.free} is free`)
      })
    }
    if (site.live !== site.text) await recorder.step('nginx check', () => checkSite(shipment, site.path, site.text))
    undo.note('the mark of the failed release', () => logEvent(shipment, 'app', id, 'failed'))
    await recorder.step('sync', async (note) => {
      await beginRelease(shipment, 'app', id, liveTree, copyHashed(files, tree, stage))
      await logEvent(shipment, 'app', id, 'started')
      report.files = await shipment.remote.sync({
        from: stage,
        to: shipment.layout.lane('app').release(id),
        keep: [shipment.layout.meta],
        closed: true,
        as: shipment.layout.account,
        deadlineMs: SYNC_MS,
        tell: shipment.tell
      })
      await writeRecord(shipment, 'app', record, site.text)
      note(id)
    })
    await install(
      shipment,
      recorder,
      id,
      lockfile !== null && made?.lockfile === lockfile && made.recipe['install'] === appRecipe(app)['install']
    )
    await recorder.step('environment', async (note) => {
      await writeFile(
        shipment,
        `${shipment.layout.lane('app').release(id)}/.env.local`,
        envText(appEnvironment(shipment)),
        '0600'
      )
      await keepCache(shipment, id)
      note(`${Object.keys(appEnvironment(shipment)).length} names`)
    })
    await build(shipment, recorder, id)
    const rebuilt = await rebuiltOnHost(shipment, id, tree)
    const built: ReleaseRecord = Object.keys(rebuilt).length > 0 ? { ...record, rebuilt } : record
    if (built !== record) await writeRecord(shipment, 'app', built, site.text)
    await shareStatic(shipment, id)
    await closeToNginx(shipment, recorder)
    await migrate()
    await startBeside(shipment, recorder, undo, id, live, ports)
    await publish(shipment, recorder, undo, lock!, { lane: 'app', id, previous: live, tree, site, record: built })
    await retire(shipment, recorder, id, live === null ? null : shipment.layout.processName(live), ports.live, names)
    await prune(shipment, recorder, 'app')
  }

  async function repair(): Promise<void> {
    await closeToNginx(shipment, recorder)
    await migrate()
    if (report.migrations!.applied.length > 0) report.changed = true
    if (strays.length > 0) {
      await recorder.step('end strays', async (note) => {
        await removeProcesses(shipment, strays)
        await saveProcesses(shipment)
        note(strays.join(', '))
      })
      report.changed = true
    }
    if (isDown) {
      await recorder.step('start', async () => {
        await assertFree(shipment, ports.live)
        await startProcess(shipment, live, ports.live)
      })
      await saveProcesses(shipment)
      await recorder.step('health', () => waitForHealth(shipment, recorder, live, ports.live))
      report.changed = true
    } else for (const name of ['sync', 'install', 'build', 'start']) recorder.skip(name, 'nothing differs', 'unchanged')
    await republish(shipment, recorder, undo, 'app', live!, tree, site)
    await confirmPublished(shipment, 'app', before.facts(desired.release).releases)
  }

  async function migrate(): Promise<void> {
    if (sorted.pending.length === 0) return recorder.skip('migrate', 'none is pending', 'unchanged')
    await recorder.step('migrate', async (note) => {
      await runMigrations(
        shipment.remote,
        databaseAddress(shipment),
        sorted.pending,
        { limitMs: app.build_minutes * 60_000, signal: shipment.signal },
        (name) => {
          report.migrations!.applied.push(name)
          report.migrations!.pending = report.migrations!.pending.filter((pending) => pending !== name)
        }
      )
      note(`${sorted.pending.length} applied`)
    })
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
