import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import type { LogFile } from './log-files.ts'
import type { LogFormat } from './logs.ts'
import { readLine } from './log-line.ts'

export interface TimedLine {
  at: number
  text: string
}

export interface Tail {
  lines: TimedLine[]
  /** Where the first line begins that is not whole yet; the file's end, where it is. */
  end: number
  /** The time of the line before that; null where there is none. */
  last: number | null
  /** How much was read for it. */
  bytes: number
  /** There is more of what was asked for than is read. */
  cut: boolean
}

export interface Wanted {
  lines: number
  since: number | null
  /** How many bytes may be read for it. */
  bytes: number
}

/**
 * Of a longer line the rest is left out. Far less is shown: a secret that begins there has to be here whole to be found,
 * and GitHub lets one be 48 KB long.
 */
export const MOST_LINE_BYTES = 64 * 1024
const chunkBytes = 64 * 1024
const newline = 10

/** The last lines of a log: at most so many, and none from before `since`. */
export async function lastLines(handle: FileHandle, file: LogFile, format: LogFormat, wanted: Wanted): Promise<Tail> {
  const { bytes, from, cut } = file.path.endsWith('.gz')
    ? await unpacked(handle, wanted.bytes)
    : await fromTheEnd(handle, format, wanted)
  // What stands before the first newline is the end of a line that begins further up.
  const begin = from === 0 ? 0 : bytes.indexOf(newline) + 1
  const end = file.live ? bytes.lastIndexOf(newline) + 1 : bytes.length
  const whole = linesOf(bytes.subarray(begin, Math.max(begin, end)))
  const lines = timed(format, whole, null, file.modifiedMs)
  const { since } = wanted
  const kept = since === null ? lines : lines.filter(({ at }) => at >= since)
  return {
    lines: wanted.lines === 0 ? [] : kept.slice(-wanted.lines),
    end: from + end,
    last: lines.at(-1)?.at ?? null,
    bytes: bytes.length,
    cut
  }
}

/** Whole lines, each without its newline and no longer than is read of one. */
export function linesOf(bytes: Buffer): string[] {
  const lines: string[] = []
  for (let start = 0; start < bytes.length;) {
    const found = bytes.indexOf(newline, start)
    const end = found === -1 ? bytes.length : found
    lines.push(bytes.toString('utf8', start, Math.min(end, start + MOST_LINE_BYTES)).replace(/\r$/, ''))
    start = end + 1
  }
  return lines
}

/**
 * A line that does not say its time belongs to the one before it, the first to what was read `before`. Where that is
 * not known either, it is told with the one behind it.
 */
export function timed(format: LogFormat, lines: string[], before: number | null, otherwise: number): TimedLine[] {
  const read = lines.map((line) => readLine(format, line))
  let last = before ?? read.find(({ at }) => at !== null)?.at ?? otherwise
  return read.map(({ at, text }) => ({ at: (last = at ?? last), text }))
}

interface Bytes {
  bytes: Buffer
  /** Where in the log they begin. */
  from: number
  cut: boolean
}

async function fromTheEnd(handle: FileHandle, format: LogFormat, { lines, since, bytes }: Wanted): Promise<Bytes> {
  const { size } = await handle.stat()
  const chunks: Buffer[] = []
  let from = size
  // The newline that ends the last line divides nothing.
  let newlines = -1
  while (from > 0 && newlines < lines) {
    if (size - from >= bytes) return { bytes: Buffer.concat(chunks), from, cut: true }
    const length = Math.min(chunkBytes, from)
    const chunk = await readAt(handle, from - length, length)
    if (chunk.length < length) break // It was cut short while it was read.
    chunks.unshift(chunk)
    from -= length
    newlines += countNewlines(chunk)
    if (since !== null && beginsBefore(chunk, format, since)) break
  }
  return { bytes: Buffer.concat(chunks), from, cut: false }
}

/** Up to so many bytes; fewer at the end of the file. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

function countNewlines(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) count++
  return count
}

function beginsBefore(chunk: Buffer, format: LogFormat, since: number): boolean {
  for (const line of linesOf(chunk.subarray(chunk.indexOf(newline) + 1))) {
    const { at } = readLine(format, line)
    if (at !== null) return at < since
  }
  return false
}

async function unpacked(handle: FileHandle, most: number): Promise<Bytes> {
  const chunks: Buffer[] = []
  let kept = 0
  let from = 0
  const packed = handle.createReadStream({ start: 0, autoClose: false })
  const gunzip = createGunzip()
  packed.on('error', (error) => gunzip.destroy(error))
  for await (const chunk of packed.pipe(gunzip) as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    kept += chunk.length
    while (kept - chunks[0]!.length >= most) {
      kept -= chunks[0]!.length
      from += chunks.shift()!.length
    }
  }
  return { bytes: Buffer.concat(chunks), from, cut: from > 0 }
}
