import { TenantError } from '../errors.ts'
import type { WatchedLine, WatchMessage } from '../facts/logs.ts'
import type { Observer, Watching } from '../remote/remote.ts'
import type { LaneName, LogEntry } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { entriesOf, inOrder } from './merge.ts'
import { readingsOf, type Reading } from './sources.ts'
import { Window } from './window.ts'

export interface LogsWanted {
  lanes: readonly LaneName[]
  /** Nothing from before this time, in ms since the epoch. */
  since: number | null
  /** How many of the last lines; null for all since then, and where there is no such time for a screen or two. */
  lines: number | null
  follow: boolean
}

export interface LogsOutput {
  /** Resolves when more may come. */
  show(entries: LogEntry[]): Promise<void>
  /** What there is to know beside the lines. */
  say(text: string): void
}

const USUAL_LINES = 100
/** How many lines are shown where nobody says how many. */
const MOST_LINES = 10_000

/** What one account has told until its last lines were complete. */
interface Begun {
  reading: Reading
  watching: Watching
  rest: AsyncIterator<WatchMessage>
  lines: WatchedLine[]
  missing: string[]
  cut: string[]
}

/**
 * Shows the last lines of a tenant's logs, by time, and then those that follow.
 * @throws TenantError of kind `no-release` where there are none yet; and what `signal` aborts with, which is how
 * following ends
 */
export async function readLogs(
  remote: Observer,
  layout: Layout,
  wanted: LogsWanted,
  output: LogsOutput,
  signal: AbortSignal
): Promise<void> {
  const ended = aborted(signal)
  const open: Watching[] = []
  try {
    const begin = readingsOf(layout, wanted.lanes).map((reading) => beginReading(remote, reading, wanted, output, open))
    const tried = await Promise.race([Promise.all(begin), ended])
    const refused = tried.filter((one): one is TenantError => one instanceof TenantError)
    const begun = tried.filter((one): one is Begun => !(one instanceof TenantError))
    await sayWhatIsNot(remote, layout, begun, refused, output)
    await Promise.race([showLast(begun, wanted, output), ended])
    if (wanted.follow) await Promise.race([follow(begun, output, remote.name), ended])
  } finally {
    await Promise.all(open.map((watching) => watching[Symbol.asyncDispose]()))
  }
}

/** Answers with the refusal where the account may not be become. */
async function beginReading(
  remote: Observer,
  reading: Reading,
  { lines, since, follow }: LogsWanted,
  output: LogsOutput,
  open: Watching[]
): Promise<Begun | TenantError> {
  const { account, sources } = reading
  // One more than is shown, so as to know that there are more.
  const most = lines ?? (since === null ? USUAL_LINES : MOST_LINES + 1)
  const watching = await remote.watch({ sources, since, follow, lines: most }, { as: account })
  open.push(watching)
  const rest = watching.messages[Symbol.asyncIterator]()
  const told: WatchedLine[] = []
  try {
    for (;;) {
      const { value, done } = await rest.next()
      if (done === true) throw stopped(remote.name)
      if (value.kind === 'lines') told.push(...value.lines)
      else if (value.kind === 'trouble') output.say(describeTrouble(value))
      else return { reading, watching, rest, lines: told, missing: value.missing, cut: value.cut }
    }
  } catch (thrown) {
    if (thrown instanceof TenantError && thrown.kind === 'privilege') return thrown
    throw thrown
  }
}

async function sayWhatIsNot(
  remote: Observer,
  layout: Layout,
  begun: readonly Begun[],
  refused: readonly TenantError[],
  output: LogsOutput
): Promise<void> {
  const missing = begun.flatMap((one) => one.missing)
  const there = begun.some(({ reading, missing }) => missing.length < Object.keys(reading.sources).length)
  if (!there) throw await nothing(remote, layout, refused)
  for (const { message, remedy } of refused) output.say(`${message}; ${remedy}`)
  if (missing.length > 0) output.say(`there is no log yet of ${missing.map(inWords).join(', ')}`)
  const cut = begun.flatMap((one) => one.cut)
  if (cut.length > 0) output.say(`more was written than is read at once: ${cut.map(inWords).join(', ')} begin later`)
}

/** A tenant whose account nobody has made yet has no logs; one whose account may not be become may have some. */
async function nothing(remote: Observer, layout: Layout, refused: readonly TenantError[]): Promise<TenantError> {
  if (refused[0] !== undefined) {
    const { account } = await remote.gather({ account: { kind: 'account', name: layout.account } })
    if (!account.ok || account.fact.exists) return refused[0]
  }
  return new TenantError('no-release', 'there are no logs yet', {
    where: `${remote.name}:${layout.root}`,
    remedy: 'deploy first'
  })
}

async function showLast(begun: readonly Begun[], { lines, since }: LogsWanted, output: LogsOutput): Promise<void> {
  const all = inOrder(begun.flatMap((one) => one.lines))
  const most = lines ?? (since === null ? USUAL_LINES : MOST_LINES)
  if (lines === null && since !== null && all.length > most)
    output.say(`only the last ${MOST_LINES.toLocaleString('en-US')} lines are shown; -n says how many`)
  await output.show(entriesOf(most === 0 ? [] : all.slice(-most)))
}

async function follow(begun: readonly Begun[], output: LogsOutput, where: string): Promise<never> {
  const window = new Window((lines) => output.show(entriesOf(lines)))
  await Promise.all(
    begun.map(async ({ rest }) => {
      for (;;) {
        const { value, done } = await rest.next()
        if (done === true) throw stopped(where)
        if (value.kind === 'lines') await window.add(value.lines)
        else if (value.kind === 'trouble') output.say(describeTrouble(value))
      }
    })
  )
  throw stopped(where)
}

function stopped(where: string): TenantError {
  return new TenantError('host-answer', 'the host stopped telling what its logs say', {
    where,
    remedy: 'run the same command again; if it ends again, look at what ends processes on the host'
  })
}

function describeTrouble({ source, cause }: { source: string; cause: string }): string {
  return `of ${inWords(source)} something could not be read: ${cause}`
}

function inWords(name: string): string {
  return name.replace('.', ' ')
}

/** Rejects with the reason when the signal aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error)
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  ended.catch(() => undefined)
  return ended
}
