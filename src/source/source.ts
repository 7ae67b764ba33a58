import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Tree } from '../facts/facts.ts'
import { settled } from '../facts/settled.ts'
import { clone } from './clone.ts'
import { confine, type Building } from './confined.ts'
import { folderInside, folderOf } from './folder.ts'
import { buildMark, cloneMark } from './mark.ts'
import type { Sourcing } from './sourcing.ts'
import { isUncommitted } from './git-files.ts'
import { copySelected, hashSelected, listFiles, type SelectedFiles } from './tree.ts'

/** A folder on this machine that goes away when it is let go of. */
export interface Scratch extends AsyncDisposable {
  path: string
}

export async function scratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'tenant-stage-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

/** A lane's source, ready to be selected from. */
export interface Source<Files extends SelectedFiles | null = SelectedFiles> {
  files: Files
  /** What is in them. */
  tree: Files extends null ? null : Tree
  /** The commit that a clone stands at; null for a folder of this checkout. */
  commit: string | null
  /** The folder holds changes that are in no commit, so the release's commit tells only half. */
  uncommitted: boolean
  /** What stands for a site whose files are not its source's (mark.ts); null for all others. */
  mark: string | null
}

/** The app's source: what git would commit of its folder, so that nothing built or ignored is ever shipped. */
export async function appSource(sourcing: Sourcing): Promise<Source> {
  const folder = await folderOf(sourcing, sourcing.tenant.app!.source)
  // git compares on another core what is hashed here.
  const [read, uncommitted] = await settled([readFiles(folder, sourcing), isUncommitted(folder, sourcing)])
  return { ...read, commit: null, uncommitted, mark: null }
}

async function readFiles(folder: string, sourcing: Sourcing, git = true): Promise<Pick<Source, 'files' | 'tree'>> {
  const files = await listFiles(folder, { git, sourcing })
  return { files, tree: await hashSelected(files) }
}

/**
 * The marketing site: its folder or a clone of its repository, built where the manifest says so. Where a build may not
 * run, it has no files (null).
 */
export async function marketingSource(sourcing: Building, work: string): Promise<Source | Source<null>> {
  const site = sourcing.tenant.marketing!
  // Before anything is fetched or copied for it.
  const builds = site.build === undefined || !sourcing.runsBuilds ? null : await confine(sourcing, work)
  const cloned = typeof site.source === 'string' ? null : await clone(sourcing, site.source, join(work, 'clone'))
  const folder = cloned?.folder ?? (await folderOf(sourcing, site.source as string))
  const commit = cloned?.commit ?? null
  const isChanged = async () => cloned === null && (await isUncommitted(folder, sourcing))
  if (site.build === undefined) {
    const shipped = site.output === undefined ? folder : await folderInside(folder, site.output, 'output')
    const mark = commit === null ? null : cloneMark(site, commit)
    const [read, uncommitted] = await settled([readFiles(shipped, sourcing), isChanged()])
    return { ...read, commit, uncommitted, mark }
  }
  const uncommitted = await isChanged()
  const files = await listFiles(folder, { git: true, sourcing })
  const mark = commit === null ? await buildMark(site, files) : cloneMark(site, commit)
  if (builds === null) return { files: null, tree: null, commit, uncommitted, mark }
  await copySelected(files, builds.site)
  for (const words of [site.install, site.build]) if (words !== undefined) await builds.run(words)
  const output = await folderInside(builds.site, site.output ?? '.', 'output')
  return { ...(await readFiles(output, sourcing, false)), commit, uncommitted, mark }
}

/** A few words on a source for its step. */
export function describeSource({ files, commit, uncommitted }: Source | Source<null>): string {
  const at = commit === null ? '' : ` at ${commit.slice(0, 7)}`
  return `${files === null ? 'not built' : `${files.paths.length} files`}${at}${uncommitted ? ', with changes that are not committed' : ''}`
}
