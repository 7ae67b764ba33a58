import { stat } from 'node:fs/promises'
import { join } from 'node:path'
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
