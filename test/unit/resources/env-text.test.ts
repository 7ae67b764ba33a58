import nextEnv from '@next/env'
import { afterAll, describe, expect, test } from 'vitest'
import { readEnv } from '../../../src/facts/env-names.ts'
import { envText } from '../../../src/resources/env-text.ts'
import { thrownBy } from '../thrown.ts'

// Next.js puts what it reads into the environment of this process, too.
const before = { ...process.env }
afterAll(() => {
  for (const name of Object.keys(process.env)) if (before[name] === undefined) delete process.env[name]
})

/** What Next.js itself reads from an `.env.local` with this text. */
function readByNext(text: string): Record<string, string | undefined> {
  const contents = Buffer.from(text).toString('utf8')
  return nextEnv.processEnv([{ path: '.env.local', contents, env: {} }], '/', console, true)[1]!
}

const pieces = [
  ...['a', 'B', '7', ' ', '\t', '=', ',', 'export X=', '\nY=2', '#', ' # ', '//', '%', '&', '!', '-', '\x1b', '\x7f'],
  ...['$', '$$', '${', '}', '$A', '${A:-b}', ':-', '\\', '\\\\', '\\$', '\\n', '\\r', '\\t', "\\'", '\\"', '\\`'],
  ...[
    '\n',
    '\r',
    '\r\n',
    '"',
    "'",
    '`',
    '""',
    "''",
    '``',
    'é',
    '東',
    '🔑',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\0',
    '\ud800'
  ]
]

/** The same values on every run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

test('thousands of values are read back exactly by Next.js and by the collector, or refused', () => {
  const next = random(20261122)
  const carried: Record<string, string> = {}
  let refused = 0
  for (let n = 0; n < 6000; n++) {
    const value = Array.from({ length: 1 + next(9) }, () => pieces[next(pieces.length)]!).join('')
    try {
      envText({ VALUE: value })
      carried[`FUZZ_${n}`] = value
    } catch (thrown) {
      expect(thrown).toMatchObject({ name: 'TenantError', kind: 'secret' })
      refused++
    }
  }
  // All in one file, so that a value that is read on into the next line shows.
  const text = envText(carried)
  expect(readByNext(text)).toEqual(carried)
  expect(Object.fromEntries(readEnv(Buffer.from(text).toString('utf8')))).toEqual(carried)
  expect(Object.keys(carried).length).toBeGreaterThan(3000)
  expect(refused).toBeGreaterThan(500)
})

test.each([
  '',
  'plain',
  '  blanks  ',
  'p$a$$w0rd${HOME}',
  'a\\$b',
  'C:\\new\\row',
  '-----BEGIN KEY-----\nab==\n-----END KEY-----\n',
  `it's "so"`,
  '`a` "b"',
  "`a` 'b'",
  '{"a": "it\'s", "b": "$c"}',
  '# no comment',
  'postgresql://acme:p%40ss@127.0.0.1:6432/acme?a=b'
])('%j is carried', (value) => {
  expect(readByNext(envText({ CASE: value }))['CASE']).toBe(value)
  delete process.env['CASE']
})

describe('what no env file can carry is refused, and not repeated', () => {
  test.each([
    ['a NUL byte', 'hunter2\0'],
    ['a carriage return', 'hunter2\rx'],
    ['ends in a backslash', 'hunter2\\'],
    ['not well-formed', 'hunter2\udc00'],
    ['all three kinds of quotes', `hunter2'"\``],
    ["holds ' and `, and \\n or \\r", "hunter2'`\\n"]
  ])('%s', (why, value) => {
    const error = thrownBy(() => envText({ FINE: 'x', KEY: value }))
    expect(error).toMatchObject({ kind: 'secret', where: 'KEY', exitCode: 64 })
    expect(error.message).toContain(why)
    expect(`${error.message} ${error.remedy}`).not.toContain('hunter2')
  })
})

test('names stand in order, so that equal values make equal files', () => {
  expect(envText({ B: '2', A: '1' })).toBe("A='1'\nB='2'\n")
})
