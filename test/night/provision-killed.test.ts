import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { KILL_POINTS, killedProvision, killTwice, type Killed } from '../world/killed.ts'

const world = await cloned()
let killed: Killed

beforeAll(async () => {
  killed = await killedProvision(world)
})

describe('killed, and killed again in its next change, it is finished by the run after that', () => {
  test.each(KILL_POINTS)('at $step', (point) => killTwice(killed, point))
})

test('killed whenever, again and again, it ends in the same state', async () => {
  await killed.makeBare()
  for (let attempt = 1; attempt <= 10; attempt++) {
    const run = killed.start()
    await sleep(300 + attempt * 210)
    await killed.kill(run)
  }
  await killed.finished()
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it after the step that it is in, and says so', async (signal) => {
  await killed.makeBare()
  const run = killed.start()
  await killed.untilDone('account', run)
  run.child.kill(signal)
  const ran = await run.done
  expect(ran.code, ran.stdout + ran.stderr).toBe(2)
  expect(ran.report).toMatchObject({ outcome: 'failed', exitCode: 2 })
  const { failure, steps } = ran.report.provision!
  expect(failure).toMatchObject({
    kind: 'interrupted',
    message: `ended by ${signal}`,
    remedy: expect.stringContaining('run the same command again') as string
  })
  expect(steps.at(-1)!.name).not.toBe('certificate.issued')
  // Nothing goes on behind it.
  expect((await world.exec(['pgrep', '-f', '[I]FS= read -r s; eval'])).code).toBe(1)
  await killed.finished()
})
