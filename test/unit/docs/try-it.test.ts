import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readmeTryIt } from '../../docs/try-it.ts'
import { tryIt } from '../../sandbox/try-it.ts'

it("the README's list of commands to try is the one that the sandbox prints", () => {
  expect(readmeTryIt(readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'))).toEqual(tryIt)
})
