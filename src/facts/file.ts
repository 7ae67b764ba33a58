import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { FileFact, FileRequest } from './facts.ts'
import { ownersOf } from './accounts.ts'
import { isAbsent } from './cause.ts'
import { hashEnv } from './env-names.ts'
import { hashOpen, sha256, withOpen } from './read.ts'

/** A symbolic link is followed. What is not a regular file has an owner and a mode, and no content. */
export async function lookAtFile(request: FileRequest): Promise<FileFact> {
  try {
    const about = await stat(request.path)
    const { owner, group } = await ownersOf(about)
    const mode = (about.mode & 0o7777).toString(8).padStart(4, '0')
    const known = { exists: true, mode, owner, group, mtimeMs: Math.floor(about.mtimeMs) }
    return about.isFile() ? { ...known, ...(await contentOf(request)) } : known
  } catch (error) {
    if (isAbsent(error)) return { exists: false }
    throw error
  }
}

async function contentOf({ path, contentUpTo, env }: FileRequest): Promise<Partial<FileFact>> {
  return withOpen(path, async (file) => {
    const small = contentUpTo !== undefined && file.about.size <= contentUpTo
    if (!small && !env) return hashOpen(file)
    const content = readFileSync(file.descriptor)
    return {
      sha256: sha256(content),
      bytes: content.length,
      ...(small && { content: content.toString('base64') }),
      ...(env && { env: hashEnv(content.toString('utf8')) })
    }
  })
}
