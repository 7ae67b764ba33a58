import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { terminalProgress } from '../../../src/report/progress.ts'
import type { ProgressOptions, RunningProgress } from '../../../src/report/progress-state.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function start(
  tty: boolean,
  options: Partial<ProgressOptions> = {}
): { progress: RunningProgress; text: () => string } {
  let written = ''
  const stream = { write: (text: string) => void (written += text), isTTY: tty, columns: 60 }
  return { progress: terminalProgress(stream, { color: false, verbose: false, ...options }), text: () => written }
}

const building = { kind: 'step-start', lane: 'app', name: 'build' } as const
const built = { kind: 'step-end', lane: 'app', step: { name: 'build', ms: 2100, outcome: 'done' } } as const

/** What is on the screen: a carriage return and "erase to the end" start the line anew. */
function screen(written: string): string[] {
  return written.split('\n').map((line) => line.split('\r\u001b[K').at(-1) ?? '')
}

describe('without a terminal', () => {
  it('prints a line at the end of a step, and no control characters', () => {
    const { progress, text } = start(false)
    progress.tell({ kind: 'lane', lane: 'app' })
    progress.tell(building)
    progress.tell({ kind: 'output', line: 'compiling' })
    progress.tell(built)
    progress.stop()
    expect(text()).toBe('app\n  ✓ build            2.1 s\n')
  })

  it('names what is no lane in the same way', () => {
    const { progress, text } = start(false)
    const step = { name: 'account', ms: 212, outcome: 'done', note: 'make the account tenant-acme' } as const
    progress.tell({ kind: 'lane', lane: 'provision' })
    progress.tell({ kind: 'step-start', lane: 'provision', name: 'account' })
    vi.advanceTimersByTime(10_000)
    progress.tell({ kind: 'step-end', lane: 'provision', step })
    progress.stop()
    expect(text()).toBe(
      'provision\n' +
        '  … provision: account is still running: 10 s\n' +
        '  ✓ account         212 ms  make the account tenant-acme\n'
    )
  })

  it('gives a sign of life from a step that takes long, with the state of the transfer', () => {
    const { progress, text } = start(false)
    progress.tell({ kind: 'step-start', lane: 'marketing', name: 'sync' })
    progress.tell({ kind: 'transfer', percent: 42, rate: '3.10MB/s', bytes: 5_000_000 })
    expect(text()).toBe('')
    vi.advanceTimersByTime(31_000)
    expect(text()).toBe(
      '  … marketing: sync is still running: 42 % (5.0 MB) at 3.10MB/s, 10 s\n' +
        '  … marketing: sync is still running: 42 % (5.0 MB) at 3.10MB/s, 30 s\n'
    )
    progress.stop()
    vi.advanceTimersByTime(600_000)
    expect(text().split('\n')).toHaveLength(3)
  })

  it('prints output only when asked to, and makes it harmless', () => {
    const { progress, text } = start(false, { verbose: true })
    progress.tell({ kind: 'output', line: '\u001b[32m::set-output name=x::y\u001b[0m\u0007' })
    progress.tell({ kind: 'message', text: 'waiting for\nthe lock' })
    expect(text()).toBe('    │ ::set-output name=x::y\\x07\n  waiting for\\nthe lock\n')
  })
})

describe('on a terminal', () => {
  it('keeps what is under way in the last line, and its seconds tick', () => {
    const { progress, text } = start(true)
    progress.tell(building)
    vi.advanceTimersByTime(3000)
    expect(screen(text())).toEqual(['  … app: build  3 s'])
    progress.tell(built)
    progress.stop()
    expect(screen(text())).toEqual(['  ✓ build            2.1 s', ''])
  })

  it('shows the last line of a build within the width of the terminal', () => {
    const { progress, text } = start(true)
    progress.tell(building)
    vi.advanceTimersByTime(100)
    progress.tell({ kind: 'output', line: `compiling 日本語 ${'x'.repeat(100)}` })
    const [line] = screen(text())
    expect(line).toMatch(/^ {2}… app: build {2}0 s {2}compiling 日本語 x+…$/)
    expect(line?.length).toBeLessThanOrEqual(59 - 3)
    progress.stop()
    expect(screen(text())).toEqual([''])
  })

  it('lets messages scroll by above it', () => {
    const { progress, text } = start(true)
    progress.tell(building)
    progress.tell({ kind: 'message', text: 'waiting for the lock' })
    expect(screen(text())).toEqual(['  waiting for the lock', '  … app: build  0 s'])
    progress.stop()
  })
})
