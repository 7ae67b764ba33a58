import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../errors.ts'
import type { Remote } from '../remote/remote.ts'
import type { Tell } from '../report/report.ts'
import { describeHolder, type Holder } from '../resources/lock-holder.ts'
import type { Layout } from '../tenant/layout.ts'

/** The holder says every so often that it is there, in ms; the host gives it up after BEATS_MISSED_S without a word. */
const BEAT_MS = 10_000
const BEATS_MISSED_S = 60
const ASK_AGAIN_MS = 2_000
const ANSWER_MS = 30_000
const TAKEN = 75

/**
 * The lock is the kernel's (flock), so it is atomic, and it is held by a process on the host that lives as long
 * as our connection and our beat: a holder that is gone, in whatever way, holds nothing. What the file says
 * is for the eyes of those who wait.
 */
const HOLD = `exec 9>>"$1"
if ! flock -n 9; then cat -- "$1"; exit ${TAKEN}; fi
printf '%s\\n' "$2" >"$1"
echo held
while [ "$(timeout ${BEATS_MISSED_S} dd bs=1 count=1 2>/dev/null 9>&-)" = . ]; do :; done
: >"$1"`

export interface HeldLock extends AsyncDisposable {
  /** Whether another run held it first, and may have changed what was seen before. */
  readonly waited: boolean
  /** @throws TenantError when the host has given the lock up meanwhile. */
  assertHeld(): void
}

/** Takes the tenant's lock, waiting for another holder up to `waitMs`. */
export async function lock(
  remote: Remote,
  layout: Layout,
  holder: Holder,
  options: { waitMs: number; tell: Tell; signal: AbortSignal }
): Promise<HeldLock> {
  const until = Date.now() + options.waitMs
  let told = ''
  for (;;) {
    const open = await remote.open(
      { script: HOLD, args: [layout.lock, JSON.stringify(holder)], needs: ['flock'] },
      { as: layout.account, step: 'take the lock' }
    )
    const lines = open.lines[Symbol.asyncIterator]()
    const first = (await firstWord(lines, remote.name)) ?? ''
    if (first === 'held') return held(open, lines, told !== '')
    const code = await open.end()
    if (code !== TAKEN)
      throw new TenantError('lock', `the lock could not be taken (exit code ${code})`, {
        where: layout.lock,
        remedy: `the folder has to exist and belong to ${layout.account}`
      })
    const who = describeHolder(first)
    if (Date.now() >= until) {
      throw new TenantError('lock', `another run holds the lock: ${who}`, {
        where: layout.lock,
        remedy: 'wait for that run to end, or end it; nothing was changed'
      })
    }
    if (who !== told) options.tell({ kind: 'message', text: `waiting for the lock, held by ${who}` })
    told = who
    await sleep(ASK_AGAIN_MS, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted())
  }
}

/** What the host says first: that we hold the lock, or who does. */
async function firstWord(lines: AsyncIterator<string>, where: string): Promise<string | undefined> {
  const timer = new AbortController()
  const silence = sleep(ANSWER_MS, undefined, { signal: timer.signal }).then(() => {
    throw new TenantError('deadline', `not done within ${ANSWER_MS / 1000} s: take the lock`, {
      where,
      remedy: 'look at what the host is doing'
    })
  })
  // It is ended below as soon as there is an answer.
  silence.catch(() => undefined)
  try {
    return (await Promise.race([lines.next(), silence])).value as string | undefined
  } finally {
    timer.abort()
  }
}

function held(open: Awaited<ReturnType<Remote['open']>>, lines: AsyncIterator<string>, waited: boolean): HeldLock {
  let ended = false
  let lost = false
  // The process prints nothing more; when its output ends before we end it, the lock is gone.
  void lines.next().then(
    () => (lost = !ended),
    () => (lost = !ended)
  )
  const beat = setInterval(() => open.write('.'), BEAT_MS)
  beat.unref()
  open.write('.')
  return {
    waited,
    assertHeld() {
      if (lost)
        throw new TenantError('lock', 'the host has given our lock up: it heard nothing from us for a minute', {
          remedy: 'run the same command again; nothing was published'
        })
    },
    async [Symbol.asyncDispose]() {
      ended = true
      clearInterval(beat)
      open.write('q')
      await open.end().catch((thrown: unknown) => {
        // The connection is gone, and the lock with it.
        if (!(thrown instanceof TenantError && thrown.kind === 'dropped')) throw thrown
      })
    }
  }
}
