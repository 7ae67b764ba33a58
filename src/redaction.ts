import { isMaskable, masksOf } from './masks.ts'
import { plain, readings } from './plain.ts'
import type { DoctorReport } from './report/doctor-report.ts'
import type { Report, Tell } from './report/report.ts'

/** Words of our own, which programs read, and times; all other text of a report is looked through. */
const ours = ['command', 'outcome', 'lane', 'verdict', 'kind', 'state', 'health', 'startedAt', 'at', 'fingerprint']
// Their form is held by the manifests' schema, and issues, matrices and outputs know tenants and hosts by them.
const names = ['tenant', 'host']
const kept: ReadonlySet<string> = new Set([...ours, ...names])

// A secret that a program prints in parts is known by what its lines before hold.
const remembered = 8
const mostHeld = 100
const mostTold = 64
const shortestPart = 4

/**
 * Takes secrets out of what is told and reported. A tenant's own programs can print what they were given, and a
 * summary, a comment or a terminal hides nothing by itself.
 */
export class Redaction {
  #masks: string[] = []
  /** By how they begin. */
  #beginnings = new Map<string, string[]>()
  #longest = 0

  /** From here on these values are shown nowhere. */
  add(values: Iterable<string>): void {
    const masks = Array.from(values).flatMap(masksOf).map(plain).filter(isMaskable)
    this.#masks = [...new Set([...this.#masks, ...masks])]
    this.#beginnings = new Map()
    for (const mask of this.#masks) {
      const beginning = mask.slice(0, shortestPart)
      this.#beginnings.set(beginning, [...(this.#beginnings.get(beginning) ?? []), mask])
      this.#longest = Math.max(this.#longest, mask.length)
    }
  }

  /** For tests, of which many share a process. */
  forget(): void {
    this.#masks = []
    this.add([])
  }

  /** Whatever stands between the characters of a secret that a reader does not see goes with it; lines stay lines. */
  text(text: string): string {
    let end = 0
    let shown = ''
    for (const [from, to] of this.#found(text)) {
      // Of two that overlap, the rest of the second follows on the first.
      const start = Math.max(from, end)
      if (to <= end) continue
      const stars = starred(text.slice(start, to))
      shown += text.slice(end, start) + (from < end ? stars.replace(/^\*+/, '') : stars)
      end = to
    }
    return shown + text.slice(end)
  }

  /** The same for lines that come one after the other: a secret that is spread over several is found as well. */
  lines(): (lines: readonly string[]) => string[] {
    let before: string[] = []
    return (lines) => {
      if (lines.length === 0) return []
      const all = [...before, ...lines.map((line) => line.replaceAll('\n', ' '))]
      const shown = this.text(all.join('\n')).split('\n').slice(before.length)
      before = all.slice(-remembered)
      return shown
    }
  }

  /** Tells it on without secrets. A line that a secret may begin in waits for the next: `end` tells what waits. */
  telling(tell: Tell): { tell: Tell; end: () => void } {
    // The end of what was told: what began there and was too short to wait for.
    let told = ''
    let held: string[] = []
    const end = () => {
      if (held.length === 0) return
      const all = [told, ...held].join('\n')
      const shown = this.text(all).split('\n').slice(-held.length)
      for (const line of shown) tell({ kind: 'output', line })
      told = all.slice(-mostTold)
      held = []
    }
    return {
      end,
      tell: (progress) => {
        if (progress.kind !== 'output') {
          end()
          return tell(this.#values(progress, ''))
        }
        held.push(...progress.line.split('\n'))
        if (held.length > mostHeld || !this.#mayGoOn([told, ...held].join('\n'))) end()
      }
    }
  }

  /** All that a report says, but for names and words of our own. */
  report(report: Report | DoctorReport): void {
    Object.assign(report, this.#values(report, ''))
  }

  #values<T>(data: T, key: string): T {
    if (kept.has(key)) return data
    if (typeof data === 'string') return this.text(data) as T
    if (Array.isArray(data)) return data.map((item: unknown) => this.#values(item, key)) as T
    if (typeof data !== 'object' || data === null) return data
    return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, this.#values(value, name)])) as T
  }

  /** Where secrets begin and end, by their beginning. */
  #found(text: string): [number, number][] {
    if (this.#masks.length === 0) return []
    const found = readings(text).flatMap(({ shown, from, to }) =>
      this.#masks.flatMap((mask) => {
        const places: [number, number][] = []
        for (let at = shown.indexOf(mask); at !== -1; at = shown.indexOf(mask, at + mask.length))
          places.push([from[at]!, to[at + mask.length - 1]!])
        return places
      })
    )
    return found.sort(([from, to], [otherFrom, otherTo]) => from - otherFrom || otherTo - to)
  }

  /** Whether the text ends with the beginning of a secret. */
  #mayGoOn(text: string): boolean {
    return readings(text).some(({ shown }) => {
      for (let at = Math.max(0, shown.length - this.#longest); at <= shown.length - shortestPart; at++) {
        const masks = this.#beginnings.get(shown.slice(at, at + shortestPart))
        const rest = shown.length - at
        if (masks?.some((mask) => rest < mask.length && mask.startsWith(shown.slice(at))) === true) return true
      }
      return false
    })
  }
}

function starred(secret: string): string {
  return secret.replace(/[^\n]+/g, '***')
}

/** Everything that this process was handed: what it prints, writes and sends passes through here last. */
export const redaction = new Redaction()
