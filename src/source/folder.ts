import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { TenantError } from '../errors.ts'
import type { Sourcing } from './sourcing.ts'

/** @throws TenantError where the checkout has no such folder */
export async function folderOf(sourcing: Pick<Sourcing, 'repository'>, relative: string): Promise<string> {
  const folder = join(sourcing.repository, relative)
  await mustBeFolder(folder, 'source')
  return folder
}

/** @throws TenantError that names the key of the manifest */
export async function mustBeFolder(folder: string, key: string): Promise<void> {
  const found = await stat(folder).catch(() => null)
  if (found?.isDirectory() === true) return
  throw new TenantError('source', `there is no such folder: ${folder}`, {
    where: key,
    remedy: `correct ${key} in the manifest, or check the folder out`
  })
}

/**
 * A folder in another one, which whoever wrote it may have made a link of.
 * @returns where it truly is
 * @throws TenantError that names the key of the manifest, where it is not there, or leads out of the other
 */
export async function folderInside(outer: string, relative: string, key: string): Promise<string> {
  const folder = join(outer, relative)
  await mustBeFolder(folder, key)
  const [truly, within] = [await realpath(folder), await realpath(outer)]
  if (truly === within || truly.startsWith(within + sep)) return truly
  throw new TenantError('source', `a link leads out of the source: ${relative}`, {
    where: key,
    remedy: 'put the files themselves there'
  })
}
