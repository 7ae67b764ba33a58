import type { Section, Progress, Tell } from './report.ts'
import { logLines, visible } from './escape.ts'
import { clock, size } from './format.ts'

export interface Stream {
  write(text: string): void
  isTTY?: boolean
  columns?: number
}

export interface ProgressOptions {
  color: boolean
  /** Also show what installs and builds print. */
  verbose: boolean
}

export interface RunningProgress {
  tell: Tell
  /** Ends the clock and leaves the terminal clean; call it before the report is printed. */
  stop(): void
}

/** What is under way right now, as far as it was told. */
export interface Current {
  lane: Section | null
  step: string
  sinceMs: number
  transfer: string
  /** What the host printed last. */
  output: string
}

/** As in "app: build". */
export function currentName(current: Current): string {
  return `${current.lane === null ? '' : `${current.lane}: `}${visible(current.step)}`
}

/** As in "42 % of the transfer at 3.10MB/s, 12 s". */
export function currentState(current: Current, nowMs: number): string {
  const elapsed = clock(nowMs - current.sinceMs)
  return current.transfer === '' ? elapsed : `${current.transfer}, ${elapsed}`
}

export function transferWords(transfer: Extract<Progress, { kind: 'transfer' }>): string {
  return `${transfer.percent} % (${size(transfer.bytes)}) at ${visible(transfer.rate)}`
}

/** What is left of a line that a host printed once its colours are gone. */
export function outputLine(line: string): string {
  return logLines(line).join(' ')
}
