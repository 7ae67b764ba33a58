import { expect, it } from 'vitest'
import { isMaskable, masksOf } from '../../src/masks.ts'

it('masks the value and the forms in which it can turn up', () => {
  const value = 'p"a/s s+ü'
  const masks = masksOf(value)
  expect(masks).toContain(value)
  expect(masks).toContain('p\\"a/s s+ü')
  expect(masks).toContain(encodeURIComponent(value))
  expect(masks).toContain(Buffer.from(value).toString('base64').replace(/=+$/, ''))
})

it('masks each line of a value, but no line that is found everywhere', () => {
  const masks = masksOf('{\n  "key": "b3BlbnNzaC1rZXktdjEA"\n}\r\nsecond line\n')
  expect(masks).toContain('"key": "b3BlbnNzaC1rZXktdjEA"')
  expect(masks).toContain('second line')
  expect(masks).not.toContain('{')
  expect(masks).not.toContain('')
})

it('masks nothing where that would ruin the log', () => {
  expect(masksOf('')).toEqual([])
  expect(masksOf('on')).toEqual([])
  expect([isMaskable('abc'), isMaskable('abcd'), isMaskable('  ab  ')]).toEqual([false, true, false])
})

it('takes a value that no encoder would', () => {
  expect(masksOf('half\ud800pair')).toContain('half\ufffdpair')
})
