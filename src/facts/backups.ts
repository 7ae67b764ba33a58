import { constants } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { BackupsFact, Sidecar } from './host-facts.ts'
import type { BackupsRequest } from './requests.ts'
import { codeOf, ifThere, isAbsent } from './cause.ts'
import { readWhole, withOpen } from './read.ts'
import { settled } from './settled.ts'

const mostSidecarBytes = 16 * 1024
const sidecar = /^([\w-]{1,100})\.json$/

export async function lookAtBackups({ folder }: BackupsRequest): Promise<BackupsFact> {
  const names = (await ifThere(readdir(folder))) ?? []
  const ids = names.flatMap((name) => sidecar.exec(name)?.[1] ?? []).sort()
  return { sidecars: (await settled(ids.map((id) => lookAtOne(folder, id)))).flat() }
}

/** None where it is gone by now, and where what has such a name is something else: a link, a folder. */
async function lookAtOne(folder: string, id: string): Promise<Sidecar[]> {
  const dump = await ifThere(stat(`${folder}/${id}.dump`))
  try {
    const path = `${folder}/${id}.json`
    const text = await withOpen(
      path,
      async (file) =>
        file.about.size > mostSidecarBytes ? '' : (await readWhole(path, file, mostSidecarBytes)).toString(),
      constants.O_NOFOLLOW
    )
    return [{ id, bytes: dump?.size ?? null, text }]
  } catch (error) {
    if (isAbsent(error) || codeOf(error) === 'ELOOP' || codeOf(error) === undefined) return []
    throw error
  }
}
