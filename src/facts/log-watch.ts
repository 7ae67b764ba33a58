import { setTimeout as sleep } from 'node:timers/promises'
import type { WatchMessage, WatchRequest } from './logs.ts'
import { WatchedLog } from './watched-log.ts'

/** How often it is looked whether a log has grown, and whether there are other files, in ms. */
const growthMs = 150
const filesMs = 1_000

/**
 * Tells the last lines of each source and then, if asked, what is added, until `ended` aborts. The files are looked at
 * again and again: that is cheap for so few, and works on every file system.
 */
export async function watchLogs(
  request: WatchRequest,
  tell: (message: WatchMessage) => Promise<void>,
  ended: AbortSignal
): Promise<void> {
  const logs = Object.entries(request.sources).map(([name, source]) => new WatchedLog(name, source, tell))
  try {
    await tell(await tellLast(logs, request))
    if (request.follow) await follow(logs, ended)
  } finally {
    for (const log of logs) await log.close()
  }
}

async function tellLast(logs: readonly WatchedLog[], request: WatchRequest): Promise<WatchMessage> {
  const missing: string[] = []
  const cut: string[] = []
  for (const log of logs) {
    const first = await log.begin(request)
    if (first.missing) missing.push(log.name)
    if (first.cut) cut.push(log.name)
  }
  return { kind: 'ready', missing, cut }
}

async function follow(logs: readonly WatchedLog[], ended: AbortSignal): Promise<void> {
  let looked = performance.now()
  while (!ended.aborted) {
    let more = false
    for (const log of logs) more = (await log.grow()) || more
    if (performance.now() - looked >= filesMs) {
      for (const log of logs) await log.lookForFiles()
      looked = performance.now()
    }
    // A wait that is cut short is an end that the loop sees.
    if (!more) await sleep(growthMs, undefined, { signal: ended }).catch(() => undefined)
  }
}
