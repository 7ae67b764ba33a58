import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { onHost, restore } from '../world/on-host.ts'
import { GO, ROOT, tinyTenant, TINY, UNTIL_GO, type TinyTenant } from '../world/tiny-tenant.ts'
import { cloned } from '../world/cloned.ts'
import type { Running } from '../world/world.ts'

const world = await cloned()
const tenant = onHost(world, TINY)
let tiny: TinyTenant
let edits = 0
const running: Running[] = []

/** Starts a deploy of the app whose build waits, and comes back when it builds. */
async function buildingDeploy(): Promise<Running> {
  await tenant.must(['rm', '-f', GO])
  tiny.build(`// ${++edits}\n${UNTIL_GO}`)
  const run = start('--verbose')
  await until(() => run.said().includes('building slowly'), run)
  return run
}

function start(...words: string[]): Running {
  const run = world.start(['deploy', TINY, 'app', '--json', ...words], { env: { GITHUB_ACTOR: 'alice' } })
  running.push(run)
  return run
}

async function until(isTrue: () => boolean, run: Running): Promise<void> {
  while (!isTrue()) {
    if (run.child.exitCode !== null) throw new Error(`it ended: ${run.said()}`)
    await sleep(50)
  }
}

const letGo = () => tenant.must(['touch', GO])
const visible = async () => (await world.visit(world.url('booking.otherbrand.test', '/api/health'))).text
const states = async () => {
  const { report } = await world.tenant(['releases', TINY, 'app', '--json'])
  return report.releases.map(({ state }) => state)
}
/** Whether the lock can be taken, asked of the kernel. */
const isFree = async () => (await world.exec(['flock', '--nonblock', `${ROOT}/lock`, 'true'])).code === 0

beforeAll(async () => {
  tiny = tinyTenant(world)
  await tenant.forgetAll()
  const ran = await world.tenant(['deploy', TINY, 'all', '--json'])
  expect(ran.report).toMatchObject({ exitCode: 0 })
})

beforeEach(async () => expect(await isFree()).toBe(true))

afterEach(async () => {
  await letGo()
  for (const { child, done } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await done
  }
})

afterAll(async () => {
  restore(world)
  await tenant.must(['rm', '-f', GO])
})

test('of two deploys at once the second waits for the first, is told who that is, and finds nothing to do', async () => {
  const first = await buildingDeploy()
  expect(await isFree()).toBe(false)
  const second = start()
  await until(() => second.said().includes('waiting for the lock'), second)
  expect(second.said()).toMatch(/waiting for the lock, held by alice on \S+ \(deploy app\) since 20\d\d-\S+Z/)
  const impatient = await world.tenant(['deploy', TINY, 'app', '--json', '--wait', '0'])
  expect(impatient.code).toBe(2)
  expect(impatient.report.failure).toMatchObject({ kind: 'lock', where: `${ROOT}/lock` })
  expect(impatient.report.failure?.message).toMatch(/^another run holds the lock: alice on \S+ \(deploy app\) since/)
  expect(impatient.report.lanes).toEqual([])
  const looking = await world.tenant(['deploy', TINY, 'app', '--json', '--dry-run'])
  expect(looking.code).toBe(0)
  await letGo()
  const [one, two] = await Promise.all([first.done, second.done])
  expect(one.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
  expect(two.report).toMatchObject({ exitCode: 0, outcome: 'unchanged' })
  expect(await visible()).toContain(one.lane('app').release)
  expect(await isFree()).toBe(true)
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s in a build ends the deploy and takes back what it began',
  async (signal) => {
    const before = await visible()
    const run = await buildingDeploy()
    run.child.kill(signal)
    const ran = await run.done
    // The build still waits: nothing but the signal can have ended the deploy.
    expect(await isFree()).toBe(true)
    expect(ran.code).toBe(2)
    expect(ran.lane('app').failure).toMatchObject({ kind: 'interrupted', message: `ended by ${signal}`, step: 'build' })
    expect(await visible()).toBe(before)
    expect((await states()).slice(0, 2)).toEqual(['failed', 'live'])
    await letGo()
    const next = await world.tenant(['deploy', TINY, 'app', '--json'])
    expect(next.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
    expect(await visible()).not.toBe(before)
  }
)

test('a runner that is killed holds nothing: the next deploy takes the lock and heals what was left', async () => {
  const before = await visible()
  const run = await buildingDeploy()
  run.child.kill('SIGKILL')
  await run.done
  await letGo()
  const next = await world.tenant(['deploy', TINY, 'app', '--json'])
  expect(next.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
  expect(await visible()).not.toBe(before)
  expect(await visible()).toContain(next.lane('app').release)
  expect((await states()).slice(0, 3)).toEqual(['live', 'incomplete', 'healthy'])
  expect((await tenant.live()).processes.map(({ name }) => name)).toEqual([`${TINY}-${next.lane('app').release}`])
})

test('a connection that drops in a build is said to have dropped; the old release serves, and the next run heals', async () => {
  const before = await visible()
  const run = await buildingDeploy()
  await tenant.must(['sh', '-c', 'kill $(pgrep -u deploy -x sshd)'])
  const ran = await run.done
  expect(ran.code).toBe(2)
  expect(ran.lane('app').failure).toMatchObject({ kind: 'dropped', step: 'build' })
  expect(ran.lane('app').failure?.message).toContain('the connection to the host was lost')
  expect(ran.lane('app').failure?.remedy).toContain('run the same command again')
  expect(await visible()).toBe(before)
  await letGo()
  const next = await world.tenant(['deploy', TINY, 'app', '--json'])
  expect(next.report).toMatchObject({ exitCode: 0, outcome: 'changed' })
  expect(await visible()).toContain(next.lane('app').release)
})

test('what is shown of a holder is harmless, whoever wrote it', async () => {
  const holder = { by: '\u001b[31mmallory\n::error::x', host: 'h', command: 'c', run: null, at: 'now' }
  const script = `exec 9>>"$1"; flock -w 20 9 || exit 1; printf '%s\\n' "$2" >"$1"; while [ ! -e ${GO} ]; do sleep 0.1; done; : >"$1"`
  await tenant.must(['rm', '-f', GO])
  const held = world.exec(['sh', '-c', script, 'sh', `${ROOT}/lock`, JSON.stringify(holder)])
  while (await isFree()) await sleep(50)
  const ran = await world.tenant(['deploy', TINY, 'app', '--wait', '0'])
  await letGo()
  await held
  expect(ran.code).toBe(2)
  expect(ran.stdout + ran.stderr).toContain('mallory')
  expect(ran.stdout + ran.stderr).not.toContain('\u001b[31mmallory')
  expect(ran.stdout + ran.stderr).not.toMatch(/^::error/m)
})
