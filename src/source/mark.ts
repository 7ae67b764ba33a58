import { createHash } from 'node:crypto'
import type { Tree } from '../facts/facts.ts'
import type { Marketing } from '../tenant/schema.ts'
import { commitAt } from './clone.ts'
import { folderOf } from './folder.ts'
import type { Sourcing } from './sourcing.ts'
import { hashSelected, listFiles, type SelectedFiles } from './tree.ts'

/**
 * What stands for a marketing site whose files are not its source's: it is built, or a clone. A release keeps it, so
 * that a later look can tell without a clone or a build whether the source is another by now.
 */
export function cloneMark(site: Marketing, commit: string): string {
  return [commit, ...wordsOf(site)].join(' ')
}

export async function buildMark(site: Marketing, files: SelectedFiles): Promise<string> {
  return [digestOf(await hashSelected(files)), ...wordsOf(site)].join(' ')
}

/** What the mark of the site would be if it shipped now; null where its files themselves are the source's. */
export async function markNow(sourcing: Sourcing): Promise<string | null> {
  const site = sourcing.tenant.marketing!
  if (typeof site.source !== 'string') return cloneMark(site, await commitAt(sourcing, site.source))
  if (site.build === undefined) return null
  return buildMark(site, await listFiles(await folderOf(sourcing, site.source), { git: true, sourcing }))
}

function wordsOf({ install, build, output }: Marketing): string[] {
  return [JSON.stringify([install, build, output])]
}

function digestOf(tree: Tree): string {
  const hash = createHash('sha256')
  for (const path of Object.keys(tree).sort()) {
    const { sha256, link, executable } = tree[path]!
    hash.update(`${JSON.stringify([path, sha256, link, executable])}\n`)
  }
  return hash.digest('hex')
}
