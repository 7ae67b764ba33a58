import { expect, test } from 'vitest'
import { progressLine } from '../../../src/remote/rsync-output.ts'

test.each<[string, ReturnType<typeof progressLine>]>([
  ['\r      1,234,567  42%   10.00MB/s    0:00:01', { bytes: 1234567, percent: 42, rate: '10.00MB/s' }],
  [
    '\r 1  0%  1.00kB/s  0:00:01 \r 2.345 100% 2.00GB/s 0:00:00 (xfr#1, to-chk=0/2)\n',
    { bytes: 2345, percent: 100, rate: '2.00GB/s' }
  ],
  ['>f+++++++++ 12 1,234  42%  1.00MB\n', undefined],
  ['', undefined]
])('progress in %j', (chunk, expected) => {
  expect(progressLine(chunk)).toEqual(expected)
})
