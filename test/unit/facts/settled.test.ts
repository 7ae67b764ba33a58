import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { settled } from '../../../src/facts/settled.ts'

test('answers in order', async () => {
  expect(await settled([sleep(5, 'a'), 'b', Promise.resolve(3)])).toEqual(['a', 'b', 3])
  expect(await settled([])).toEqual([])
})

test('what fails is thrown when the rest is over, the first in the list', async () => {
  const over: string[] = []
  const slow = sleep(20).then(() => over.push('slow'))
  const late = sleep(10).then(() => Promise.reject(new Error('late')))
  await expect(settled([slow, late, Promise.reject(new Error('at once'))])).rejects.toThrow('late')
  expect(over).toEqual(['slow'])
})
