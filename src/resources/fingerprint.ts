import { createHash } from 'node:crypto'
import type { FileFact, AppliedMigration, Tree } from '../facts/facts.ts'
import type { Fingerprint } from '../report/review-report.ts'
import type { HostFile } from '../tenant/host.ts'
import { appEnvironment, appRecipe, type Desire } from './desired-state.ts'
import { envChanges } from './environment.ts'
import type { Migration } from './migrations.ts'
import type { ReleaseRecord } from './record.ts'
import type { SiteResource } from './site.ts'

/** Nobody finds two texts with the same 48 bits by chance, and those of 200 tenants have to fit into one comment. */
const HEX_DIGITS = 12

/** What a lane shall have. */
export interface DesiredLane {
  /** Its files, without what the host adds to them; null where nobody has them before they are built. */
  tree: Tree | null
  /** What stands for a source that is built, or null (mark.ts). */
  mark: string | null
  site: Pick<SiteResource, 'path' | 'text'>
  /** App lane only. */
  migrations: readonly Migration[] | null
}

/** What it was compared with. */
export interface LiveLane {
  tree: Tree
  /** Files that were never shipped. */
  others: readonly string[]
  /** The text of the site's file; null where there was none before this run. */
  site: string | null
  record: ReleaseRecord | null
  /** App lane only. */
  applied: readonly AppliedMigration[] | null
  env: FileFact | null
}

/**
 * What a reviewer was shown, as a hash for each part. It stands in a comment that anybody may read, where a value that can be
 * guessed could be found again by its hash: of secrets there are names alone.
 * @param live null where no host is looked at
 */
export function fingerprint(desire: Desire<HostFile>, desired: DesiredLane, live: LiveLane | null): Fingerprint {
  const { app, database } = desire.tenant
  const isApp = desired.migrations !== null
  return {
    files: short(desired.mark ?? (desired.tree === null ? null : treeLines(desired.tree))),
    site: short([desired.site.path, desired.site.text]),
    environment: short(
      // Without secrets each of their values is empty, also the password in an address.
      isApp ? [sorted(appEnvironment({ ...desire, secrets: {} })), sorted(app!.secrets), database?.password] : null
    ),
    migrations: short(desired.migrations?.map(({ name, sha256 }) => [name, sha256]) ?? null),
    recipe: short(isApp ? sorted(appRecipe(app!)) : null),
    host: live === null ? null : hostPart(desire, live)
  }
}

function hostPart(desire: Desire<HostFile>, { tree, others, site, record, applied, env }: LiveLane): string {
  return short([
    treeLines(tree),
    [...others].sort(),
    site,
    record === null ? null : [sorted(record.recipe), record.source ?? null],
    applied?.map(({ name, sha256 }) => [name, sha256]).sort() ?? null,
    env === null ? null : envPart(desire, env)
  ])
}

/** Which names are set, and which secrets have another value by now; not what the values are. */
function envPart(desire: Desire<HostFile>, env: FileFact): unknown[] {
  const secret = ['DATABASE_URL', ...Object.keys(desire.tenant.app!.secrets)]
  const { changed } = envChanges(appEnvironment(desire), env)
  return [env.exists, Object.keys(env.env ?? {}).sort(), changed.filter((name) => secret.includes(name))]
}

function treeLines(tree: Tree): unknown[] {
  return Object.keys(tree)
    .sort()
    .map((path) => {
      const { sha256, link, executable } = tree[path]!
      return [path, sha256 ?? null, link ?? null, executable]
    })
}

function sorted(values: Record<string, string>): [string, string][] {
  return Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1))
}

function short(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HEX_DIGITS)
}
