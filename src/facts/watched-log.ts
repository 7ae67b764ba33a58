import type { LogSource, WatchMessage, WatchRequest } from './logs.ts'
import { causeOf } from './cause.ts'
import { findLogs, openLog, type LogFile } from './log-files.ts'
import { LogGrowth } from './log-growth.ts'
import { lastLines, type Tail, type TimedLine, type Wanted } from './log-tail.ts'

/** How long a file that was put aside is still read: nginx writes to it until it is told to open the new one. */
const asideMs = 60_000
/** How much is read of one log for its last lines. */
const mostBytes = 8 * 1024 * 1024
/** Lines can be long, and a message should not. */
const linesAtOnce = 16

interface Open {
  growth: LogGrowth
  /** Since when its name belongs to another file, or to none. */
  asideSince: number | null
}

/** One log: its last lines, and then what is added to any of its files. */
export class WatchedLog {
  readonly name: string
  readonly #source: LogSource
  readonly #tell: (message: WatchMessage) => Promise<void>
  /** By the id of the file. */
  readonly #open = new Map<string, Open>()
  readonly #troubles = new Set<string>()

  constructor(name: string, source: LogSource, tell: (message: WatchMessage) => Promise<void>) {
    this.name = name
    this.#source = source
    this.#tell = tell
  }

  /** Tells the last lines, and remembers where they end. */
  async begin(request: WatchRequest): Promise<{ missing: boolean; cut: boolean }> {
    const files = await this.#find()
    let kept: TimedLine[] = []
    let bytes = mostBytes
    let cut = false
    for (const file of files ?? []) {
      const wanted = isWanted(file, request, kept)
      if (!wanted && !(request.follow && file.live)) continue
      await this.#try(async () => {
        const limits = { lines: wanted ? request.lines : 0, since: request.since, bytes }
        const tail = await this.#lastLines(file, limits, request.follow)
        if (tail === null || !wanted) return
        bytes = Math.max(0, bytes - tail.bytes)
        cut ||= tail.cut
        kept = [...tail.lines, ...kept].sort((a, b) => a.at - b.at).slice(-request.lines)
      })
    }
    await this.#say(kept)
    return { missing: files?.length === 0, cut }
  }

  /** Null where the file is gone by now. One that is followed stays open. */
  async #lastLines(file: LogFile, wanted: Wanted, follow: boolean): Promise<Tail | null> {
    const handle = await openLog(file)
    if (handle === null) return null
    let followed = false
    try {
      const { format } = this.#source
      const tail = await lastLines(handle, file, format, wanted)
      followed = follow && file.live
      if (followed) this.#add(file, new LogGrowth(handle, format, tail.end, tail.last))
      return tail
    } finally {
      if (!followed) await handle.close()
    }
  }

  /** Tells what was added; true where there is more to read at once. */
  async grow(): Promise<boolean> {
    let any = false
    for (const [id, { growth, asideSince }] of this.#open) {
      await this.#try(async () => {
        const { lines, more } = await growth.read()
        await this.#say(lines)
        any ||= more
        if (asideSince === null || more || lines.length > 0 || performance.now() - asideSince < asideMs) return
        this.#open.delete(id)
        await growth.close()
      })
    }
    return any
  }

  /** Finds files that came since: after a rotation, or with a new release. They are told from their first line. */
  async lookForFiles(): Promise<void> {
    const live = (await this.#find())?.filter((file) => file.live)
    if (live === undefined) return
    for (const [id, open] of this.#open) {
      const named = live.some((file) => file.id === id)
      open.asideSince = named ? null : (open.asideSince ?? performance.now())
    }
    for (const file of live) {
      if (this.#open.has(file.id)) continue
      await this.#try(async () => {
        const handle = await openLog(file)
        if (handle !== null) this.#add(file, new LogGrowth(handle, this.#source.format, 0, null))
      })
    }
  }

  async close(): Promise<void> {
    for (const { growth } of this.#open.values()) await growth.close()
    this.#open.clear()
  }

  #add({ id }: LogFile, growth: LogGrowth): void {
    this.#open.set(id, { growth, asideSince: null })
  }

  /** Undefined where its folder can't be read. */
  async #find(): Promise<LogFile[] | undefined> {
    let found: LogFile[] | undefined
    await this.#try(async () => {
      const { files, odd } = await findLogs(this.#source)
      found = files
      for (const path of odd) await this.#trouble(`${path} is not a regular file`)
    })
    return found
  }

  async #say(lines: TimedLine[]): Promise<void> {
    for (let at = 0; at < lines.length; at += linesAtOnce) {
      const some = lines.slice(at, at + linesAtOnce).map((line) => ({ source: this.name, ...line }))
      await this.#tell({ kind: 'lines', lines: some })
    }
  }

  /** What goes wrong with one log is told once, and keeps nobody from the others. */
  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      await this.#trouble(causeOf(error))
    }
  }

  async #trouble(cause: string): Promise<void> {
    if (this.#troubles.has(cause)) return
    this.#troubles.add(cause)
    await this.#tell({ kind: 'trouble', source: this.name, cause })
  }
}

/** Whether a file can hold any of the last lines, given those of newer ones. */
function isWanted({ modifiedMs }: LogFile, { lines, since }: WatchRequest, kept: TimedLine[]): boolean {
  if (lines === 0 || (since !== null && modifiedMs < since)) return false
  // Where one release ends while the next one runs, two files have lines of the same time.
  return kept.length < lines || modifiedMs >= kept[0]!.at
}
