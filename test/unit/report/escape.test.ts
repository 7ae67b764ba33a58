import { describe, expect, it } from 'vitest'
import {
  cut,
  fenced,
  firstLines,
  lastLines,
  logLines,
  markdownCode,
  markdownText,
  visible
} from '../../../src/report/escape.ts'
import { hostileNames } from './sample.ts'

describe('visible', () => {
  it.each([
    ['line\nbreak', 'line\\nbreak'],
    ['a\r\tb', 'a\\r\\tb'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u009b31m', '\\x9b31m'],
    ['photo\u202egnp.exe', 'photo\\u202egnp.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['zero\u200bwidth\ufeff', 'zero\\u200bwidth\\ufeff'],
    ['\u2028', '\\u2028'],
    ['\u{e0041}', '\\u{e0041}'],
    ['half\ud800', 'half\\ud800'],
    ['Ünïcode 日本語 🎉', 'Ünïcode 日本語 🎉']
  ])('%j', (text, shown) => expect(visible(text)).toBe(shown))
})

describe('inline text for Markdown', () => {
  const meaningful = /[`*_|<>[\]~$:!]|&(?!#\d+;)|--|www\.|[\n\r\u001b\u202e\u200b]/

  it.each(hostileNames)('leaves nothing of %j that a parser would act on', (name) => {
    expect(markdownCode(name)).toMatch(/^<code>.*<\/code>$/)
    expect(markdownCode(name).slice('<code>'.length, -'</code>'.length)).not.toMatch(meaningful)
    expect(markdownText(name)).not.toMatch(meaningful)
  })

  it('resolves to what was put in', () => {
    const resolved = markdownCode('a|b <img> `x` #1').replace(/&#(\d+);/g, (_, code) =>
      String.fromCharCode(Number(code))
    )
    expect(resolved).toBe('<code>a|b <img> `x` #1</code>')
  })

  it('shows outer spaces of a name', () => {
    expect(markdownCode('name ')).toBe('<code>name&#92;x20</code>')
  })

  it('breaks mentions and references in running text, where GitHub looks for them after entities are resolved', () => {
    const resolved = markdownText('@octocat #12').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
    expect(resolved).not.toMatch(/@octocat|#12/)
  })

  it.each(['- item', '+ item', '1. item', '1) item', '# heading', '=== under', '--- rule', '> quote'])(
    'begins no block: %s',
    (text) => {
      expect(markdownText(text)).not.toMatch(/^(?:[-+#=>]|\d+[.)])/)
    }
  )
})

describe('fenced', () => {
  it('has a fence longer than any run of backticks inside', () => {
    expect(fenced(['a ````` b', '```'], 'diff')).toBe('``````diff\na ````` b\n```\n``````')
  })
})

describe('logLines', () => {
  it('drops colours, keeps the last state of a redrawn line, and makes the rest visible', () => {
    const log = '\u001b[31mError\u001b[0m\r\n 10%\r 99%\r\n\tat x\nbad\u0007\n\n'
    expect(logLines(log)).toEqual(['Error', ' 99%', '  at x', 'bad\\x07'])
  })
})

describe('cut', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcdef', 5, 'ab…'],
    ['日本語日本語', 10, '日本…'],
    ['🎉🎉🎉', 8, '🎉…'],
    ['🎉🎉', 6, '…'],
    ['abc', 2, '']
  ])('%s to %i bytes', (text, bytes, expected) => {
    expect(cut(text, bytes)).toBe(expected)
    expect(Buffer.byteLength(cut(text, bytes))).toBeLessThanOrEqual(bytes)
  })
})

describe('lastLines', () => {
  it('keeps the end and says how much is missing', () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}`)
    const kept = lastLines(lines, 200)
    expect(kept[0]).toMatch(/^… 4,9\d\d earlier lines are not shown$/)
    expect(kept.at(-1)).toBe('line 4999')
    expect(Buffer.byteLength(kept.join('\n'))).toBeLessThanOrEqual(200)
  })
})

describe('firstLines', () => {
  it('keeps the beginning and says how much is missing', () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at}`)
    const kept = firstLines(lines, 200)
    expect(kept[0]).toBe('line 0')
    expect(kept.at(-1)).toMatch(/^… 4,9\d\d more lines not shown$/)
    expect(Buffer.byteLength(kept.join('\n'))).toBeLessThanOrEqual(200)
    expect(firstLines(['all', 'of it'], 200)).toEqual(['all', 'of it'])
  })
})
