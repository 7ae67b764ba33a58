import { beforeAll, describe, test } from 'vitest'
import { cloned } from '../world/cloned.ts'
import { KILL_POINTS, killedProvision, killTwice, type Killed } from '../world/killed.ts'

/** Three of the steps that a run may be killed in; every one of them is tried at night. */
const world = await cloned()
let killed: Killed

beforeAll(async () => {
  killed = await killedProvision(world)
})

describe('killed, and killed again in its next change, it is finished by the run after that', () => {
  test.each([0, Math.floor(KILL_POINTS.length / 2), KILL_POINTS.length - 1].map((index) => KILL_POINTS[index]!))(
    'at $step',
    (point) => killTwice(killed, point)
  )
})
