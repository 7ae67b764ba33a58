import { Socket } from 'node:net'

/** Whoever asked says this often that they are still there, in ms. */
export const BEAT_MS = 10_000
/** Without a word for so long they are gone: a dead network ends nothing by itself. */
const silenceMs = 60_000

/** Aborts when whoever writes to this descriptor (a pipe or a socket) is gone, in whatever way. */
export function whilePresent(descriptor: number): AbortSignal {
  const gone = new AbortController()
  const leave = () => gone.abort()
  const heard = new Socket({ fd: descriptor, readable: true, writable: false })
  heard.setTimeout(silenceMs, leave)
  heard.on('error', leave).on('close', leave).on('end', leave).resume()
  return gone.signal
}
