import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, open as openCallback, read as readCallback, readFileSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { codeOf, isAbsent } from './cause.ts'
import { limit } from './limit.ts'

// Descriptors, and not node:fs/promises' handles, which take twice as long on many small files.
const open = promisify(openCallback)
const read = promisify(readCallback)

const chunkBytes = 256 * 1024
const readersAtOnce = 16
const inTurn = limit(readersAtOnce)
/** A text is read whole into memory, and some are written by those who are looked at. */
const mostTextBytes = 64 * 1024 * 1024
const freeChunks: Buffer[] = []

/** An open regular file. */
export interface Opened {
  descriptor: number
  about: Stats
}

export interface Hashed {
  sha256: string
  bytes: number
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

/** The text of a regular file, or null where there is none: opening anything else could hang, or do something. */
export async function readText(path: string, flags = 0): Promise<string | null> {
  try {
    if (!(await stat(path)).isFile()) throw new Error(`${path} is not a regular file`)
    return await withOpen(path, async (file) => (await readWhole(path, file, mostTextBytes)).toString('utf8'), flags)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** @throws where it holds more than `most` bytes */
export async function readWhole(path: string, { descriptor, about }: Opened, most: number): Promise<Buffer> {
  const tooLarge = () => new Error(`${path} is larger than ${most} bytes`)
  if (about.size > most) throw tooLarge()
  // No more than that is read then.
  if (about.size > 0) return readFileSync(descriptor)
  // Files of the kernel have no size, and some hardly an end.
  const chunks: Buffer[] = []
  for (let bytes = 0; ;) {
    const { bytesRead, buffer } = await read(descriptor, Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, bytes)
    if (bytesRead === 0) return Buffer.concat(chunks)
    bytes += bytesRead
    if (bytes > most) throw tooLarge()
    chunks.push(buffer.subarray(0, bytesRead))
  }
}

/** The process id in a file; null where there is no file. */
export async function readPid(pidFile: string): Promise<number | null> {
  const text = await readText(pidFile)
  if (text === null) return null
  const pid = Number(text.trim())
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${pidFile} does not hold a process id`)
  return pid
}

/** What /proc tells of a process; null where it is gone. */
export async function readProcess(pid: number, file: string): Promise<string | null> {
  try {
    return await readText(`/proc/${pid}/${file}`)
  } catch (error) {
    // The process ended between opening its file and reading it.
    if (codeOf(error) === 'ESRCH') return null
    throw error
  }
}

/** Hashes what an open file holds, in bounded memory however large it is, and for as long as the signal allows. */
export async function hashOpen({ descriptor }: Opened, signal?: AbortSignal): Promise<Hashed> {
  const hash = createHash('sha256')
  const chunk = freeChunks.pop() ?? Buffer.allocUnsafe(chunkBytes)
  let bytes = 0
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { bytesRead } = await read(descriptor, chunk, 0, chunkBytes, bytes)
      hash.update(chunk.subarray(0, bytesRead))
      bytes += bytesRead
      // A regular file gives less than was asked for only at its end.
      if (bytesRead < chunkBytes) return { sha256: hash.digest('hex'), bytes }
    }
  } finally {
    freeChunks.push(chunk)
  }
}

/** Opens a file that was seen to be a regular one; a pipe that took its place meanwhile is refused, not waited for. */
export async function withOpen<T>(path: string, use: (file: Opened) => Promise<T>, flags = 0): Promise<T> {
  return inTurn(async () => {
    const descriptor = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
    try {
      const about = fstatSync(descriptor)
      if (!about.isFile()) throw new Error(`${path} is no longer a regular file`)
      return await use({ descriptor, about })
    } finally {
      closeSync(descriptor)
    }
  })
}
