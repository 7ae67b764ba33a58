import { readlinkSync, type Stats } from 'node:fs'
import { readlink, stat } from 'node:fs/promises'
import type { FileFact } from './facts.ts'
import type { FileRequest } from './requests.ts'
import { ownersOf } from './accounts.ts'
import { codeOf, isAbsent } from './cause.ts'
import { hashEnv } from './env-names.ts'
import type { Tells } from './held/telling.ts'
import { hashOpen, readWhole, sha256, withOpen } from './read.ts'

/** What is asked to be told as an env file is one of a few kB. */
const mostEnvBytes = 1024 * 1024

/** A symbolic link is followed. What is not a regular file has an owner and a mode, and no content. */
export async function lookAtFile(request: FileRequest, signal?: AbortSignal, tells?: Tells): Promise<FileFact> {
  const link = await linkAt(request.path)
  const itself = link === null ? {} : { link }
  try {
    const about = await stat(request.path)
    const { owner, group } = await ownersOf(about)
    const mode = (about.mode & 0o7777).toString(8).padStart(4, '0')
    const type = typeOf(about)
    const known = { exists: true, type, ...itself, mode, owner, group, mtimeMs: Math.floor(about.mtimeMs) }
    return type === 'file' && request.unread !== true
      ? { ...known, ...(await contentFor(request, signal, tells)) }
      : known
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

/** Of an env file that is closed to whoever asks, its owner and mode are what there is to tell. */
async function contentFor(request: FileRequest, signal?: AbortSignal, tells?: Tells): Promise<Partial<FileFact>> {
  try {
    return await contentOf(request, signal, tells)
  } catch (error) {
    if (request.env === true && codeOf(error) === 'EACCES') return {}
    throw error
  }
}

async function contentOf(
  { path, contentUpTo, env, as }: FileRequest,
  signal?: AbortSignal,
  tells?: Tells
): Promise<Partial<FileFact>> {
  return withOpen(path, async (file) => {
    const telling = tells?.(readlinkSync(`/proc/self/fd/${file.descriptor}`), as)
    if (telling === 'nothing') return {}
    const small = (telling ?? 'text') === 'text' && contentUpTo !== undefined && file.about.size <= contentUpTo
    const named = env === true && (telling ?? 'names') === 'names'
    if (!small && !named) return hashOpen(file, signal)
    const content = await readWhole(path, file, small ? contentUpTo : mostEnvBytes)
    return {
      sha256: sha256(content),
      bytes: content.length,
      ...(small && { content: content.toString('base64') }),
      ...(named && { env: hashEnv(content.toString('utf8')) })
    }
  })
}
