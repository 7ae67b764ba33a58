import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { freshTenant } from './fresh-tenant.ts'
import { endState } from './host-state.ts'
import type { Running, World } from './world.ts'

/** While this file is on the host, no change of root's begins there. */
const HOLD = '/tmp/hold-changes'

/** Of a provision on a bare host, in their order. */
const STEPS = [
  ...['host.sudo', 'host.folders', 'host.pgbouncer', 'host.boot', 'account', 'folders', 'records'],
  ...['database.role', 'database', 'pgbouncer.entry', 'certificate', 'logs', 'host.nginx', 'boot'],
  ...['app.site', 'marketing.site', 'certificate.issued']
]

/** Where a run is killed: the step, the one that it has seen the end of, and a while into what comes after that. */
export const KILL_POINTS = STEPS.map((step, index) => ({ step, before: STEPS[index - 1], pause: (index * 137) % 600 }))

/** A provision that is killed, on a host where nothing of it is left but what it has begun there, which may go on for a while. */
export interface Killed {
  makeBare(): Promise<void>
  start(): Running
  /** Waits until the run has said that it is done with the step. */
  untilDone(step: string, run: Running): Promise<void>
  kill(run: Running): Promise<void>
  /** Kills a run that waits on the host to make its first change as root, and then lets that change go ahead. */
  killAtNextChange(): Promise<void>
  /** One more run ends well, in the same state as one that was never killed, and the next has nothing to do. */
  finished(): Promise<void>
}

/** Writes the tenant into the repository, and provisions it once to know how that ends. */
export async function killedProvision(world: World): Promise<Killed> {
  const tenant = await freshTenant(world, 'harbour')
  const start = () => tenant.start('provision', 'harbour')

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

  await makeBare()
  const ran = await tenant.provision()
  expect(ran.code, ran.stdout + ran.stderr).toBe(0)
  expect(ran.report.provision!.steps.map(({ name }) => name)).toEqual(STEPS)
  const whole = await endState(world, tenant)
  const untilDone = (step: string, run: Running) => until(() => run.said().includes(`✓ ${step} `), run)
  return { makeBare, start, untilDone, kill, killAtNextChange, finished }
}

/** Kills a provision of a bare host there, kills the next one in its first change, and has the one after that finish. */
export async function killTwice(killed: Killed, { before, pause }: (typeof KILL_POINTS)[number]): Promise<void> {
  await killed.makeBare()
  const run = killed.start()
  if (before !== undefined) await killed.untilDone(before, run)
  await sleep(pause)
  await killed.kill(run)
  await killed.killAtNextChange()
  await killed.finished()
}
