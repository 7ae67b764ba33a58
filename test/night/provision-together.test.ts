import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { endState } from '../world/host-state.ts'
import { cloned } from '../world/cloned.ts'

const world = await cloned()
let harbour: FreshTenant
let meadow: FreshTenant

beforeAll(async () => {
  harbour = await freshTenant(world, 'harbour')
  meadow = await freshTenant(world, 'meadow')
})

afterAll(async () => {
  await meadow.forget()
  await harbour.forget()
})

beforeEach(async () => {
  await meadow.remove()
  await harbour.remove()
})

test.each([1, 2, 3])('two tenants at once on one host are both in sync afterwards (%i)', async () => {
  const both = await Promise.all([harbour.provision(), meadow.provision()])
  for (const { code, stdout, stderr, report } of both) {
    expect(code, stdout + stderr).toBe(0)
    expect(report.provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  }
  for (const tenant of [harbour, meadow]) {
    const again = await tenant.provision()
    expect(again.report, again.stdout).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
    for (const domain of [`booking.${tenant.name}.test`, `www.${tenant.name}.test`])
      expect((await world.visit(world.url(domain))).status).toBeGreaterThanOrEqual(400)
  }
})

test('of two runs for one tenant the second waits for the first, is told so, and finds nothing to do', async () => {
  const first = harbour.start('provision', 'harbour')
  while (!first.said().includes('✓ database.role ')) await sleep(20)
  const second = harbour.start('provision', 'harbour')
  const [one, two] = await Promise.all([first.done, second.done])
  expect(one.report, one.stdout + one.stderr).toMatchObject({ exitCode: 0, outcome: 'changed' })
  expect(two.stderr).toMatch(/waiting for the lock, held by \S+ on \S+ \(provision all\) since 20\d\d-\S+Z/)
  expect(two.report, two.stdout + two.stderr).toMatchObject({ exitCode: 0, outcome: 'unchanged', changed: false })
})

test('one that may not wait is told who holds the lock', async () => {
  const first = harbour.start('provision', 'harbour')
  while (!first.said().includes('✓ database.role ')) await sleep(20)
  const impatient = await harbour.provision('--wait', '0')
  expect(impatient.code).toBe(2)
  expect(impatient.report.failure).toMatchObject({
    kind: 'lock',
    message: expect.stringMatching(/^another run holds the lock: /) as string,
    where: `${harbour.root}/lock`
  })
  expect((await first.done).report).toMatchObject({ exitCode: 0, outcome: 'changed' })
})

test('two runs for one tenant that begin at the same moment end as one does', async () => {
  const alone = await harbour.provision()
  expect(alone.code, alone.stdout + alone.stderr).toBe(0)
  const whole = await endState(world, harbour)
  await harbour.remove()
  for (const { code, stdout, stderr } of await Promise.all([harbour.provision(), harbour.provision()]))
    expect(code, stdout + stderr).toBe(0)
  expect(await endState(world, harbour)).toBe(whole)
  expect((await harbour.provision()).report).toMatchObject({ changed: false, exitCode: 0 })
})
