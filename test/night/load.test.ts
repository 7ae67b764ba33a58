import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { onHost, restore } from '../world/on-host.ts'
import { tinyTenant, TINY, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
const ca = readFileSync(world.host.ca_file)
const domain = 'booking.otherbrand.test'

interface Load {
  /** Answers with 200, by the release that gave them. */
  byRelease: Map<string, number>
  /** Everything else: another status, a connection that was reset, an answer that was cut off. */
  failures: string[]
  connections: number
  stop(): Promise<void>
}

/** Visitors on keep-alive connections, through TLS and nginx, one request after the other on each. */
function load(path: string, visitors: number): Load {
  const counted: Load = { byRelease: new Map(), failures: [], connections: 0, stop }
  const agents = Array.from({ length: visitors }, () => new Agent({ keepAlive: true, maxSockets: 1, ca }))
  let ended = false
  const loops = agents.map(async (agent) => {
    while (!ended) {
      const { status, text, reused } = await ask(agent, path).catch((error: NodeJS.ErrnoException) => ({
        status: 0,
        text: error.code ?? error.message,
        reused: true
      }))
      if (!reused) counted.connections++
      const release = status === 200 ? releaseIn(text) : undefined
      if (release === undefined) counted.failures.push(`${status} ${text.slice(0, 200)}`)
      else counted.byRelease.set(release, (counted.byRelease.get(release) ?? 0) + 1)
      // Enough to have requests at every moment, and to leave the machine to the deploy.
      await sleep(5)
    }
  })
  async function stop() {
    ended = true
    await Promise.all(loops)
    for (const agent of agents) agent.destroy()
  }
  return counted
}

function releaseIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { release?: string }).release
  } catch {
    // An answer that was cut off, or a page of nginx' own.
    return undefined
  }
}

function ask(agent: Agent, path: string): Promise<{ status: number; text: string; reused: boolean }> {
  return new Promise((resolve, reject) => {
    const lookup = (_name: string, how: { all?: boolean }, done: (...args: never[]) => void) =>
      (done as (...args: unknown[]) => void)(
        null,
        how.all === true ? [{ address: world.host.resolve, family: 4 }] : world.host.resolve,
        4
      )
    const asked = request(world.url(domain, path), { agent, lookup }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, reused: asked.reusedSocket }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** Makes another release the live one, and answers with its id. */
async function flip(command: 'deploy' | 'rollback'): Promise<string> {
  const ran = await world.tenant([command, TINY, 'app', '--json'])
  expect(ran.report.lanes.map(({ failure }) => failure)).toEqual([null])
  expect(ran.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
  return ran.lane('app').release!
}

test('six flips of a tiny app under load, with answers in flight that take longer than the flip, fail no request', async () => {
  const tiny: TinyTenant = tinyTenant(world)
  const seen = [await flip('deploy')]
  const quick = load('/api/health', 8)
  // Longer than it takes from the rename to the end of the old process: only draining can save them.
  const slow = load('/api/slow?ms=4000', 4)
  for (let round = 1; round <= 3; round++) {
    tiny.build(`// round ${round}`)
    seen.push(await flip('deploy'))
    if (round < 3) continue
    for (let back = 0; back < 3; back++) seen.push(await flip('rollback'))
  }
  await Promise.all([quick.stop(), slow.stop()])
  expect(quick.failures).toEqual([])
  expect(slow.failures).toEqual([])
  // Each release that was ever live has answered, and no other one.
  expect([...quick.byRelease.keys()].sort()).toEqual([...new Set(seen)].sort())
  // The visitors did stay on their connections; nginx ends one after 1,000 requests by its own rule.
  const answers = [...quick.byRelease.values()].reduce((sum, count) => sum + count, 0)
  expect(quick.connections).toBeLessThanOrEqual(8 + Math.ceil(answers / 1000))
  expect(slow.connections).toBe(4)
})

test('a deploy and a rollback of the booking app under load fail no request', async () => {
  restore(world)
  const tenant = onHost(world, TINY)
  await tenant.forgetAll()
  const first = await flip('deploy')
  const quick = load('/api/health', 6)
  const slow = load('/api/slow?ms=4000', 2)
  world.repository.write(
    'test/booking-app/lib/brand.ts',
    `// edited\n${world.repository.read('test/booking-app/lib/brand.ts')}`
  )
  const second = await flip('deploy')
  expect(await flip('rollback')).toBe(first)
  await Promise.all([quick.stop(), slow.stop()])
  expect([quick.failures, slow.failures]).toEqual([[], []])
  expect([...quick.byRelease.keys()].sort()).toEqual([first, second].sort())
})
