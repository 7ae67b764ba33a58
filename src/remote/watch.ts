import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { TenantError } from '../errors.ts'
import { readWatchMessage } from '../facts/answers.ts'
import type { WatchMessage, WatchRequest } from '../facts/logs.ts'
import { BEAT_MS } from '../facts/presence.ts'
import { pastDeadline } from './host-errors.ts'
import type { Actor, Remote, Watching } from './remote.ts'
import { RUN_COLLECTOR } from './run-collector.ts'

const STEP = 'read the logs'
/** How long the last lines may take. */
const FIRST_MS = 60_000
/** How long the collector may take to end when we leave it. */
const LEAVE_MS = 5_000

/**
 * The collector has its program from a pipe, and the script's own standard input beside it: when that ends, with the
 * connection or with us, or is silent for too long, it ends as well. Logs are written in the time of the host, whatever
 * a profile prefers.
 */
const PROGRAM = `exec 3<&0
unset TZ
printf %s "$1" | base64 -d | ${RUN_COLLECTOR}`
const ASKER = 3

/** Has the collector tell the logs, line by line. */
export async function watch(
  remote: Pick<Remote, 'open' | 'name'>,
  collector: string,
  request: WatchRequest,
  options: Actor
): Promise<Watching> {
  const program = `globalThis.__WATCH__ = ${JSON.stringify({ request, asker: ASKER })};\n${collector}`
  const packed = gzipSync(program).toString('base64')
  const open = await remote.open({ script: PROGRAM, args: [packed], needs: ['node'] }, { ...options, step: STEP })
  // At once: what comes before somebody reads is lost.
  const lines = open.lines[Symbol.asyncIterator]()
  const beat = setInterval(() => open.write('.'), BEAT_MS)
  let ending: Promise<number> | undefined
  const end = () => {
    clearInterval(beat)
    return (ending ??= open.end())
  }
  return {
    messages: messages(lines, end, remote.name),
    async [Symbol.asyncDispose]() {
      // What went wrong is told to whoever reads the messages; a host that is stuck is left to notice our silence.
      await Promise.race([end().catch(() => undefined), sleep(LEAVE_MS, undefined, { ref: false })])
    }
  }
}

async function* messages(
  lines: AsyncIterator<string>,
  end: () => Promise<number>,
  where: string
): AsyncGenerator<WatchMessage, void> {
  const timer = new AbortController()
  const late = sleep(FIRST_MS, undefined, { signal: timer.signal }).then(() => {
    throw pastDeadline(where, { step: STEP, deadlineMs: FIRST_MS })
  })
  late.catch(() => undefined)
  try {
    for (let ready = false; ;) {
      const { value, done } = await (ready ? lines.next() : Promise.race([lines.next(), late]))
      if (done === true) break
      const message = readWatchMessage(value as string, where)
      if (message.kind === 'ready') {
        ready = true
        timer.abort()
      }
      yield message
    }
  } finally {
    timer.abort()
  }
  const code = await end()
  if (code === 0) return
  throw new TenantError('host-answer', `the collector ended with exit code ${code} on the host`, {
    where,
    remedy: 'the host needs Node 18 or newer for the account that is asked'
  })
}
