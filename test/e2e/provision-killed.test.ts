import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freshTenant, type FreshTenant } from '../world/fresh-tenant.ts'
import { endState } from '../world/host-state.ts'
import { worldAt, type Running } from '../world/world.ts'

/** Nothing is left of a run that is killed but what it has begun on the host, which may go on for a while. */
const world = worldAt(inject('repository'))
/** While this file is on the host, no change of root's begins there. */
const HOLD = '/tmp/hold-changes'

const STEPS = [
  ...['host.sudo', 'host.folders', 'host.pgbouncer', 'host.boot', 'account', 'folders', 'records'],
  ...['database.role', 'database', 'pgbouncer.entry', 'certificate', 'logs', 'host.nginx', 'boot'],
  ...['app.site', 'marketing.site', 'certificate.issued']
]

let tenant: FreshTenant
let whole: string

beforeAll(async () => {
  tenant = await freshTenant(world, 'harbour')
  await makeBare()
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.steps.map(({ name }) => name)).toEqual(STEPS)
  whole = await endState(world, tenant)
})

afterAll(async () => {
  await tenant.must(['rm', '-f', HOLD])
  await tenant.forget()
  // What its neighbours on the host need as well.
  for (const name of ['yourbrand', 'otherbrand']) {
    const { code, stdout } = await world.tenant(['provision', name])
    expect(code, stdout).toBe(0)
  }
})

/** Takes away the tenant, and of the host's what its other tenants can do without for a while. */
async function makeBare(): Promise<void> {
  await tenant.remove()
  const script = `rm -rf /etc/sudoers.d/tenant-deploy /etc/systemd/system/tenant@.service /etc/nginx/tenant-check.conf
rm -rf /var/lib/tenant-deploy
chown root /etc/nginx/tenants.d
sed -i '/tenants\\.d/d' /etc/nginx/nginx.conf
nginx -s reload
sed -i '/^%include/,+1d' "$1"`
  await tenant.must(['sh', '-ec', script, 'sh', world.host.pgbouncer.config])
}

async function until(isTrue: () => boolean | Promise<boolean>, run: Running): Promise<void> {
  while (!(await isTrue())) {
    if (run.child.exitCode !== null) throw new Error(`it ended: ${run.said()}${(await run.done).stdout}`)
    await sleep(20)
  }
}

async function kill(run: Running): Promise<void> {
  run.child.kill('SIGKILL')
  await run.done
}

const start = () => tenant.start('provision', 'harbour')
const said = (run: Running, step: string) => run.said().includes(`✓ ${step} `)

/** Kills a run that waits on the host to make its first change as root, and then lets that change go ahead. */
async function killAtNextChange(): Promise<void> {
  const hold = 'exec 9>>/run/tenant-deploy/lock; flock 9; touch "$1"; while [ -e "$1" ]; do sleep 0.05; done'
  const held = world.exec(['sh', '-c', hold, 'sh', HOLD])
  const run = start()
  await until(async () => (await world.exec(['pgrep', '-f', '^flock -w [0-9]+ 9$'])).code === 0, run)
  await kill(run)
  await tenant.must(['rm', HOLD])
  await held
}

async function finished(): Promise<void> {
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.findings.filter(({ verdict }) => verdict !== 'in-sync')).toEqual([])
  expect(await endState(world, tenant)).toBe(whole)
  expect((await tenant.provision()).report).toMatchObject({ changed: false, outcome: 'unchanged', exitCode: 0 })
}

describe('killed, and killed again in its next change, it is finished by the run after that', () => {
  test.each(STEPS.map((step, index) => ({ step, before: STEPS[index - 1], pause: (index * 137) % 600 })))(
    'at $step',
    async ({ before, pause }) => {
      await makeBare()
      const run = start()
      if (before !== undefined) await until(() => said(run, before), run)
      await sleep(pause)
      await kill(run)
      await killAtNextChange()
      await finished()
    }
  )
})

test('killed whenever, again and again, it ends in the same state', async () => {
  await makeBare()
  for (let attempt = 1; attempt <= 10; attempt++) {
    const run = start()
    await sleep(300 + attempt * 210)
    await kill(run)
  }
  await finished()
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it after the step that it is in, and says so', async (signal) => {
  await makeBare()
  const run = start()
  await until(() => said(run, 'account'), run)
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
  await finished()
})
