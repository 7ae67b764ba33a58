import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../errors.ts'
import { mustExecute, tail } from '../remote/execute.ts'
import type { ProcessFact } from '../facts/facts.ts'
import { answeredByOthers } from './port.ts'
import { processEnvironment } from '../resources/process.ts'
import type { Recorder } from './recorder.ts'
import { writeFile } from './release.ts'
import type { Shipment } from './shipment.ts'

const PM2_MS = 60_000
/** How long one question for health lasts; in between the process list is looked at. */
const PROBE_SLICE_MS = 3_000
/** An app that ended this often right after its start will not come up by waiting. */
const MOST_RESTARTS = 3
/** nginx decides for an upstream and connects to it in the same breath; this is many breaths. */
const SETTLE_MS = 500

/** Starts a release's process on a port, under the tenant's own PM2 daemon, with nothing in its environment but what is meant. */
export async function startProcess(shipment: Shipment, id: string, port: number): Promise<void> {
  const { layout } = shipment
  const app = shipment.tenant.app!
  const [script = '', ...args] = app.start
  const logs = layout.logFiles(id)
  const folder = layout.lane('app').release(id)
  const file = `${folder}/${layout.meta}/process.json`
  const definition = {
    name: layout.processName(id),
    script,
    args,
    cwd: folder,
    interpreter: 'none',
    exec_mode: 'fork',
    env: processEnvironment(id, port),
    out_file: logs.out,
    error_file: logs.error,
    merge_logs: true,
    time: true,
    exp_backoff_restart_delay: 200,
    // In-flight requests may end after the signal; then PM2 kills.
    kill_timeout: Math.min(app.drain_seconds, 30) * 1000
  }
  await writeFile(shipment, file, `${JSON.stringify({ apps: [definition] }, null, 2)}\n`)
  await removeProcesses(shipment, [layout.processName(id)])
  await pm2(
    shipment,
    `mkdir -p -- "$2"\nchmod 0750 -- "$2"\n${PM2} start "$1"`,
    [file, layout.logs],
    'start the new process'
  )
}

/** Waits until the process answers with its own release id; each probe goes into the report. */
export async function waitForHealth(shipment: Shipment, recorder: Recorder, id: string, port: number): Promise<void> {
  const { layout, remote } = shipment
  const app = shipment.tenant.app!
  const url = `http://127.0.0.1:${port}${app.health}`
  const until = Date.now() + app.health_seconds * 1000
  let last = 'no answer'
  for (;;) {
    const left = Math.max(0, Math.min(PROBE_SLICE_MS, until - Date.now()))
    const { probe } = await remote.gather(
      { probe: { kind: 'probe', port, path: app.health, host: app.domain, release: id, deadlineMs: left } },
      { as: layout.account }
    )
    if (!probe.ok)
      throw new TenantError('host-answer', `could not ask the app for its health: ${probe.cause}`, {
        where: url,
        remedy: 'put right what the host says'
      })
    for (const attempt of probe.fact.attempts.slice(-3)) {
      recorder.report.probes.push({
        url,
        ...(attempt.status === undefined ? {} : { status: attempt.status }),
        ms: attempt.ms,
        ok: attempt.status === 200 && attempt.release === id,
        note: attempt.release ?? attempt.error ?? 'names no release'
      })
    }
    if (probe.fact.ok) return
    const attempt = probe.fact.attempts.at(-1)
    if (attempt?.foreign !== undefined)
      throw answeredByOthers(shipment, port, attempt.error ?? 'another account answers', await processLog(shipment, id))
    last =
      attempt?.status === undefined
        ? (attempt?.error ?? 'no answer')
        : `status ${attempt.status}, ${attempt.release === undefined ? 'which names no release' : `from release ${attempt.release}`}`
    const gone = await whyGone(shipment, id)
    if (gone !== null || Date.now() >= until) {
      throw new TenantError(
        'health',
        gone ?? `the new release was not healthy within ${app.health_seconds} s: ${last}`,
        {
          where: url,
          remedy: `the health path has to answer 200 with {"release": RELEASE_ID} from the environment; see the app's log below. The old release still serves`,
          log: await processLog(shipment, id)
        }
      )
    }
  }
}

/** Waits until nothing is connected to the old process any more, then ends it. */
export async function drain(shipment: Shipment, name: string, port: number): Promise<string> {
  const { layout, remote } = shipment
  const limit = shipment.tenant.app!.drain_seconds * 1000
  await settle()
  const { connections } = await remote.gather(
    { connections: { kind: 'connections', port, deadlineMs: limit } },
    { as: layout.account, deadlineMs: limit + 30_000 }
  )
  await removeProcesses(shipment, [name])
  if (!connections.ok) return `could not count open requests (${connections.cause}); stopped all the same`
  return connections.fact.established === 0
    ? 'no request was open'
    : `${connections.fact.established} requests were still open after ${limit / 1000} s`
}

/** Lets requests that nginx has already sent to the process that it is turning away from arrive there. */
export async function settle(): Promise<void> {
  await sleep(SETTLE_MS)
}

/** The tenant's processes under PM2; none where the daemon does not run. */
export async function processes(shipment: Shipment): Promise<ProcessFact[]> {
  const { list } = await shipment.remote.gather(
    { list: { kind: 'processes', pm2Home: shipment.layout.pm2Home } },
    { as: shipment.layout.account }
  )
  if (!list.ok)
    throw new TenantError('host-answer', `could not ask PM2 for its processes: ${list.cause}`, {
      where: shipment.layout.pm2Home,
      remedy: "look at the daemon's log there (pm2.log)"
    })
  return list.fact.processes
}

/** Ends processes and takes them off PM2's list; those that are not there are fine. */
export async function removeProcesses(shipment: Shipment, names: readonly string[]): Promise<void> {
  const present = new Set((await processes(shipment)).map(({ name }) => name))
  const doomed = names.filter((name) => present.has(name))
  if (doomed.length === 0) return
  await pm2(shipment, `${PM2} delete "$@"`, doomed, 'stop a process')
}

/** Has PM2 remember its list, for the time after a reboot. */
export async function saveProcesses(shipment: Shipment): Promise<void> {
  await pm2(shipment, `${PM2} save --force`, [], 'save the list of processes')
}

/** PM2 hands its own environment on to what it starts, so it gets none but this. */
const PM2 = 'env -i HOME="$HOME" PATH="$PATH" LANG=C.UTF-8 PM2_HOME="$home" pm2 --silent'

async function pm2(shipment: Shipment, script: string, args: string[], step: string): Promise<void> {
  const { layout, remote } = shipment
  await mustExecute(
    remote,
    {
      script: `home=$1; shift\n${script}`,
      args: [layout.pm2Home, ...args],
      needs: ['pm2']
    },
    { as: layout.account, step, deadlineMs: PM2_MS }
  )
}

async function whyGone(shipment: Shipment, id: string): Promise<string | null> {
  const found = (await processes(shipment)).find(({ name }) => name === shipment.layout.processName(id))
  if (found === undefined) return 'the new process is gone from PM2'
  if (found.restarts >= MOST_RESTARTS) return `the app ended ${found.restarts} times right after its start`
  return found.status === 'errored' || found.status === 'stopped'
    ? `the app ended right after its start (PM2 says ${found.status})`
    : null
}

/** The tail of what the release's process printed. */
export async function processLog(shipment: Shipment, id: string): Promise<string> {
  const { out, error } = shipment.layout.logFiles(id)
  const printed = await shipment.remote.execute(
    {
      script: 'for f in "$@"; do if [ -s "$f" ]; then echo "==> ${f##*/}"; tail -n 40 -- "$f"; fi; done',
      args: [error, out]
    },
    { as: shipment.layout.account, step: "read the app's log", deadlineMs: 20_000 }
  )
  return tail(printed.stdout, 80)
}
