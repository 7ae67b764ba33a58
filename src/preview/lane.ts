import { join } from 'node:path'
import { Recorder } from '../deploy/recorder.ts'
import { siteChange } from '../deploy/site.ts'
import type { TenantError } from '../errors.ts'
import type { Tree } from '../facts/facts.ts'
import type { EnvChanges, LaneName, LaneReport } from '../report/report.ts'
import { appEnvironment, appRecipe, desiredSite, type Desire } from '../resources/desired-state.ts'
import { treeChanges } from '../resources/files.ts'
import { fingerprint } from '../resources/fingerprint.ts'
import { pendingSql, type Migration } from '../resources/migrations.ts'
import { siteUrl } from '../resources/site-view.ts'
import { folderOf } from '../source/folder.ts'
import { buildMark } from '../source/mark.ts'
import { readMigrations } from '../source/migrations.ts'
import { appSource } from '../source/source.ts'
import type { Sourcing } from '../source/sourcing.ts'
import { hashSelected, listFiles } from '../source/tree.ts'
import type { HostFile } from '../tenant/host.ts'

/** One of the two checkouts that are compared, as it describes the tenant. No secret is among it. */
export interface Side extends Sourcing, Desire<HostFile> {}

/** What a checkout says that a lane shall be. */
interface Wanted {
  /** Null where its files are made elsewhere: `elsewhere` says where. */
  tree: Tree | null
  elsewhere: string | null
  /** What stands for those files. */
  mark: string | null
  migrations: Migration[]
  site: { path: string; text: string }
}

/** What a lane would ship, by what two checkouts say of it and without a look at the host. Never throws. */
export async function compareLane(
  lane: LaneName,
  head: Side,
  base: Side | null
): Promise<{ report: LaneReport; error: TenantError | null }> {
  const recorder = new Recorder(lane, siteUrl(head.host, head.tenant[lane]!.domain), head.tell, head.signal)
  try {
    await recorder.step('compare', () => compare(lane, head, base?.tenant[lane] === undefined ? null : base, recorder))
  } catch (thrown) {
    recorder.fail(thrown)
  }
  return recorder
}

async function compare(lane: LaneName, head: Side, base: Side | null, recorder: Recorder): Promise<void> {
  const { report } = recorder
  const wanted = await wantedBy(head, lane)
  const before = base === null ? null : await wantedBy(base, lane)
  if (wanted.tree === null) {
    const isSame = before !== null && before.mark === wanted.mark
    report.uncompared = `${wanted.elsewhere}; its source is ${isSame ? 'the same as' : 'another than'} before`
    report.changed = !isSame
  } else report.files = treeChanges(wanted.tree, before?.tree ?? {})
  report.site = siteChange(wanted.site.path, before?.site.text ?? null, wanted.site.text)
  if (lane === 'app') compareApp(head, base, wanted, before, recorder)
  const { created, changed, deleted } = report.files
  report.changed ||= created.length + changed.length + deleted.length > 0 || report.site.changed
  // What its `from` names decides on the site as well, and is not in the repository.
  if (head.host.from !== undefined) return
  const mark = wanted.tree === null ? wanted.mark : null
  report.fingerprint = fingerprint(
    head,
    { ...wanted, mark, migrations: lane === 'app' ? wanted.migrations : null },
    null
  )
}

function compareApp(head: Side, base: Side | null, wanted: Wanted, before: Wanted | null, recorder: Recorder): void {
  const { report } = recorder
  const known = new Map(before?.migrations.map(({ name, sha256 }) => [name, sha256]))
  const pending = wanted.migrations.filter(({ name }) => !known.has(name))
  const edited = wanted.migrations.filter(({ name, sha256 }) => known.has(name) && known.get(name) !== sha256)
  report.migrations = { applied: [], pending: pending.map(({ name }) => name), sql: pendingSql(pending) }
  if (edited.length > 0)
    recorder.warn(`edited: ${edited.map(({ name }) => name).join(', ')}; a deploy refuses that where it was applied`)
  report.env = envBetween(base === null ? {} : facesOf(base), facesOf(head))
  const names = [...report.env.added, ...report.env.changed, ...report.env.removed]
  const { created, changed, deleted } = report.files
  report.restarts =
    created.length + changed.length + deleted.length + names.length > 0 ||
    base === null ||
    JSON.stringify(appRecipe(head.tenant.app!)) !== JSON.stringify(appRecipe(base.tenant.app!))
  report.changed ||= report.restarts || pending.length > 0
}

async function wantedBy(side: Side, lane: LaneName): Promise<Wanted> {
  const { path, text } = desiredSite(side, lane)
  const site = { path, text }
  if (lane === 'app') {
    const { files, tree } = await appSource(side)
    const migrations = await readMigrations(join(files.folder, side.tenant.app!.migrations))
    return { tree, elsewhere: null, mark: null, migrations, site }
  }
  const { source, build, install, output } = side.tenant.marketing!
  const nowhere = { tree: null, migrations: [], site }
  if (typeof source !== 'string') {
    const { repository, ref } = source
    const mark = JSON.stringify([repository, ref, build, install, output])
    return {
      ...nowhere,
      elsewhere: `the site's files are those of ${repository} at ${ref}, and were not compared`,
      mark
    }
  }
  const folder = await folderOf(side, source)
  if (build !== undefined) {
    const mark = await buildMark(side.tenant.marketing!, await listFiles(folder, { git: true, sourcing: side }))
    return { ...nowhere, elsewhere: 'the site is built when it ships, and its files were not compared', mark }
  }
  const shipped = output === undefined ? folder : join(folder, output)
  const files = await listFiles(shipped, { git: true, sourcing: side })
  return { ...nowhere, tree: await hashSelected(files), elsewhere: null, mark: null }
}

/** What can be said of each variable without its value: a text in plain view, or the name of a secret. */
function facesOf(side: Side): Record<string, string> {
  const { app, database } = side.tenant
  const plain = Object.entries(appEnvironment({ ...side, secrets: {} }))
  return Object.fromEntries(
    plain.map(([name, value]) => [
      name,
      JSON.stringify([value, app!.secrets[name] ?? null, name === 'DATABASE_URL' ? database!.password : null])
    ])
  )
}

function envBetween(before: Record<string, string>, after: Record<string, string>): EnvChanges {
  const names = Object.keys(after).sort()
  return {
    added: names.filter((name) => !Object.hasOwn(before, name)),
    changed: names.filter((name) => Object.hasOwn(before, name) && before[name] !== after[name]),
    removed: Object.keys(before)
      .filter((name) => !Object.hasOwn(after, name))
      .sort()
  }
}
