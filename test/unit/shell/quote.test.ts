import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { quote } from '../../../src/shell/quote.ts'

const words = [
  '',
  ' ',
  'plain',
  "it's",
  "''",
  '"$(reboot)" `reboot` ${HOME} \\ !!',
  '-rf',
  'line\nbreak\n',
  'tab\tand\rreturn',
  '*?[a-z]{b,c}~;&|<>#',
  'Zoë 東京 🔑',
  "'\\''",
  'x'.repeat(5000)
]

test('each word reaches a program of sh as it is', () => {
  const script = `for word; do printf '%s\\0' "$word"; done`
  const line = `set -- ${words.map(quote).join(' ')}\n${script}`
  expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words)
})

test('a NUL is refused', () => {
  expect(() => quote('a\0b')).toThrow("a NUL byte can't be passed to a command")
})
