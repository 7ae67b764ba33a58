import { readFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { readlink, stat } from 'node:fs/promises'
import type { FileFact } from './facts.ts'
import type { FileRequest } from './requests.ts'
import { ownersOf } from './accounts.ts'
import { codeOf, isAbsent } from './cause.ts'
import { hashEnv } from './env-names.ts'
import { hashOpen, sha256, withOpen } from './read.ts'

/** A symbolic link is followed. What is not a regular file has an owner and a mode, and no content. */
export async function lookAtFile(request: FileRequest): Promise<FileFact> {
  const link = await linkAt(request.path)
  const itself = link === null ? {} : { link }
  try {
    const about = await stat(request.path)
    const { owner, group } = await ownersOf(about)
    const mode = (about.mode & 0o7777).toString(8).padStart(4, '0')
    const type = typeOf(about)
    const known = { exists: true, type, ...itself, mode, owner, group, mtimeMs: Math.floor(about.mtimeMs) }
    return type === 'file' && request.unread !== true ? { ...known, ...(await contentOf(request)) } : known
  } catch (error) {
    if (isAbsent(error)) return { exists: false, ...itself }
    throw error
  }
}

async function linkAt(path: string): Promise<string | null> {
  try {
    return await readlink(path)
  } catch (error) {
    // The system's word for what is there and is no link.
    if (isAbsent(error) || codeOf(error) === 'EINVAL') return null
    throw error
  }
}

function typeOf(about: Stats): NonNullable<FileFact['type']> {
  if (about.isFile()) return 'file'
  return about.isDirectory() ? 'folder' : 'other'
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
