import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readmeTryIt } from '../docs/try-it.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { copyOfCheckout, type CheckoutCopy } from '../world/checkout-copy.ts'

/** What the README tells a newcomer to run, run as it stands there, on a sandbox that its first command starts. */
const commands = readmeTryIt(readFileSync(join(checkout, 'README.md'), 'utf8'))

describe("the README's commands to try", () => {
  let copy: CheckoutCopy

  beforeAll(async () => {
    copy = copyOfCheckout()
  })

  afterAll(async () => {
    const down = await copy.type('npm run sandbox -- down')
    copy.dispose()
    expect(down.code, down.stderr).toBe(0)
  })

  test('each ends with exit code 0, and the first one prints those after it', async () => {
    expect(commands.length).toBeGreaterThan(5)
    for (const [index, command] of commands.entries()) {
      const { code, stdout, stderr } = await copy.type(command)
      expect({ command, code }, stdout + stderr).toEqual({ command, code: 0 })
      if (index === 0) expect(stdout.split('Try next:\n\n')[1]!.trim().split(/\n */)).toEqual(commands.slice(1))
    }
  }, 600_000)
})
