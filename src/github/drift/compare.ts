import { createHash } from 'node:crypto'
import type { DoctorFinding } from '../../report/doctor-report.ts'
import type { Note } from './marker.ts'

/** What is remembered of a finding: enough to know it again on another night. */
export type Trace = Note['found'][number]

/** Addresses of what was found then and now, by what became of it. */
export interface Change {
  added: string[]
  gone: string[]
  changed: string[]
}

export interface Comparison {
  /** What the next night is compared with. */
  memory: Memory
  /** Null where it is the same as before; `untold` where there is too much of it to say what is other. */
  change: Change | 'untold' | null
  /** Addresses that were found before and can't be judged now. */
  kept: string[]
}

type Memory = Pick<Note, 'print' | 'total' | 'found'>

// Longer addresses are remembered by their beginning and a hash.
const longest = 100

export function tracesOf(findings: readonly DoctorFinding[]): Trace[] {
  const byAddress = new Map<string, string[]>()
  for (const finding of findings) {
    const key = keyOf(finding.address)
    byAddress.set(key, [...(byAddress.get(key) ?? []), stable(finding)])
  }
  const traces = Array.from(byAddress, ([key, texts]): Trace => [key, hash(texts.toSorted().join('\n'), 8)])
  return traces.toSorted(([one], [other]) => (one < other ? -1 : 1))
}

/** As it is remembered, and shown where a finding is told by its address alone. */
export function keyOf(address: string): string {
  return address.length <= longest ? address : `${address.slice(0, longest - 10)}…${hash(address, 8)}`
}

export function memoryOf(traces: readonly Trace[]): Memory {
  return { print: hash(JSON.stringify(traces), 16), total: traces.length, found: [...traces] }
}

/**
 * What became of the findings of the night before. Where something could not be looked at (`partly`), what is not found
 * any more is not gone: it is kept until it can be judged.
 */
export function compare(before: Note | null, now: readonly Trace[], partly: boolean): Comparison {
  const memory = memoryOf(now)
  // Nothing is known of the night before: what is found now is what later nights are compared with.
  if (before === null) return { memory, change: null, kept: [] }
  if (before.total > before.found.length) {
    // Which of them were not remembered is not known, so nothing can be said of a part.
    if (partly) return { memory: before, change: null, kept: [] }
    return { memory, change: memory.print === before.print ? null : 'untold', kept: [] }
  }
  const then = new Map(before.found)
  const present = new Set(now.map(([address]) => address))
  const missing = before.found.filter(([address]) => !present.has(address))
  const kept = partly ? missing : []
  const change = {
    added: now.filter(([address]) => !then.has(address)).map(([address]) => address),
    gone: partly ? [] : missing.map(([address]) => address),
    changed: now
      .filter(([address, print]) => then.has(address) && then.get(address) !== print)
      .map(([address]) => address)
  }
  const same = change.added.length + change.gone.length + change.changed.length === 0
  return {
    memory: memoryOf([...now, ...kept].toSorted(([one], [other]) => (one < other ? -1 : 1))),
    change: same ? null : change,
    kept: kept.map(([address]) => address)
  }
}

// Days left count down, sizes and restarts grow. A status, a port or a mode that is another is another finding.
const measures = [
  /\d+, the last .* ago/g,
  /\d[\d.,]* ?[KMGT]iB\b/g,
  /\d+(?= ?%)|(?<=% \()[\d,]+|\d+(?= more\b)/g,
  /\d+ (?=day|hour|minute|second)/g,
  /(?<=day|hour|minute|second)s\b/g
]

/**
 * What stays the same from night to night. Why something could not be looked at is all that there is to know it by, and
 * has numbers of processes and connections in it.
 */
function stable({ address, verdict, differences, cause }: DoctorFinding): string {
  const parts = differences.map(({ attribute, expected, actual }) => [attribute, expected, withoutMeasures(actual)])
  const why = verdict === 'unknown' ? (cause ?? '').replaceAll(/\d+/g, '0') : ''
  return JSON.stringify([address, verdict, parts.map((part) => JSON.stringify(part)).toSorted(), why])
}

function withoutMeasures(text: string): string {
  return measures.reduce((left, measure) => left.replaceAll(measure, ''), text)
}

function hash(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
