import { expect, it } from 'vitest'
import { clock, count, duration, size } from '../../../src/report/format.ts'
import { cutToWidth, width } from '../../../src/report/columns.ts'

it.each([
  [0.4, '0 ms'],
  [999, '999 ms'],
  [1234, '1.2 s'],
  [9960, '10 s'],
  [59_600, '1 min 00 s'],
  [185_000, '3 min 05 s']
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

it.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [48_213, '48 kB'],
  [999_900, '1.0 MB'],
  [34_000_000, '34 MB']
])('%d is %s', (bytes, text) => expect(size(bytes)).toBe(text))

it('counts', () => {
  expect([count(1, 'file'), count(0, 'file'), count(20_000, 'file')]).toEqual(['1 file', '0 files', '20,000 files'])
  expect(clock(61_999)).toBe('1 min 01 s')
})

it('knows that some characters take two columns and some none', () => {
  expect([width('abc'), width('日本'), width('e\u0301'), width('🎉')]).toEqual([3, 4, 1, 2])
  expect(cutToWidth('日本語日本語', 7)).toBe('日本語…')
  expect(cutToWidth('short', 40)).toBe('short')
})
