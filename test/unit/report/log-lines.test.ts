import { describe, expect, test } from 'vitest'
import { logJson, logLines } from '../../../src/report/log-lines.ts'
import type { LogEntry } from '../../../src/report/report.ts'

const entry = (text: string, others: Partial<LogEntry> = {}): LogEntry => ({
  at: '2026-11-27T00:01:02Z',
  lane: 'app',
  source: 'out',
  text,
  ...others
})
const hostile = 'a\x1b[2Jb\rc\u202ed\u2028e\x9bf\0g'

describe('on a terminal', () => {
  test('when, which log, what; below each other', () => {
    const both = logLines(['app', 'marketing'], false)
    expect(both(entry('ready'))).toBe('2026-11-27T00:01:02Z app out          | ready')
    expect(both(entry('GET', { lane: 'marketing', source: 'access' }))).toBe(
      '2026-11-27T00:01:02Z marketing access | GET'
    )
    expect(logLines(['app'], false)(entry('ready', { source: 'nginx' }))).toBe(
      '2026-11-27T00:01:02Z app nginx  | ready'
    )
  })

  test.each([
    ['', '2026-11-27T00:01:02Z app out    |'],
    ['\tindented', '2026-11-27T00:01:02Z app out    |   indented'],
    [hostile, '2026-11-27T00:01:02Z app out    | a\\x1b[2Jb\\rc\\u202ed\\u2028e\\x9bf\\x00g']
  ])('%j', (text, expected) => expect(logLines(['app'], false)(entry(text))).toBe(expected))

  test('a very long line is cut', () => {
    const shown = logLines(['app'], false)(entry('é'.repeat(5000)))
    expect(Buffer.byteLength(shown)).toBeLessThan(4100)
    expect(shown).toMatch(/é…$/)
  })

  test('coloured only if asked', () => {
    const plain = logLines(['app'], false)(entry('x'))
    const coloured = logLines(['app'], true)(entry('x'))
    expect(coloured).not.toBe(plain)
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(plain)
  })
})

describe('as JSON', () => {
  test('an object on one line, with what it was given', () => {
    const given = entry(hostile, { lane: 'marketing', source: 'nginx' })
    const text = logJson(given)
    expect(JSON.parse(text)).toEqual(given)
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['at', 'lane', 'source', 'text'])
    expect(text).toMatch(/^[\x20-\x7e]+$/)
    expect(logJson(entry('é\u{e0041}'))).toContain('é\\udb40\\udc41')
  })

  test('a very long line is cut', () => {
    expect((JSON.parse(logJson(entry('x'.repeat(5000)))) as LogEntry).text).toMatch(/^x{3997}…$/)
  })
})
