import { stat, statfs } from 'node:fs/promises'
import type { CapacityFact, FileSystem } from './host-facts.ts'
import type { CapacityRequest } from './requests.ts'
import { isAbsent } from './cause.ts'

export async function lookAtCapacity({ paths }: CapacityRequest): Promise<CapacityFact> {
  const fileSystems = new Map<number, FileSystem>()
  for (const path of paths) {
    try {
      const { dev } = await stat(path)
      if (!fileSystems.has(dev)) fileSystems.set(dev, await fileSystemAt(path))
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }
  return { fileSystems: [...fileSystems.values()] }
}

/** Root may use more than others, who are the ones that run out of space. */
async function fileSystemAt(path: string): Promise<FileSystem> {
  const { bsize, blocks, bavail, files, ffree } = await statfs(path)
  return { path, bytes: blocks * bsize, bytesFree: bavail * bsize, inodes: files, inodesFree: ffree }
}
