// The host from within: builds it, starts its services, and ends when its standard input does. Runs as root, in mount,
// PID and IPC namespaces of its own, or in place.
import { readlinkSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { asTenantError } from '../../src/errors.ts'
import { addDeploy } from './accounts.ts'
import { makeBare } from './bare.ts'
import { issueCertificates } from './certificates.ts'
import { startNginx } from './nginx.ts'
import { startAuthority } from './pebble.ts'
import type { Answer, Plan, Ready } from './plan.ts'
import { startDatabases } from './postgres.ts'
import { buildRoot, enterRoot } from './root-filesystem.ts'
import { startSshd } from './sshd.ts'
import { configureNpm, placeTools } from './tools.ts'
import { noTraces, removeTraces, tracesIn } from './traces.ts'

const [mode, state = ''] = process.argv.slice(2)
const inPlace = mode === 'in-place'
const journal = `${state}/journal`
const traces = inPlace ? tracesIn(journal) : noTraces

/** Becomes a host apart; answers the process, as the machine numbers it, whose namespaces are the host's. */
async function moveIn(plan: Plan): Promise<number> {
  // The machine's /proc is still there, and names us as the machine does.
  const inside = Number(readlinkSync('/proc/self'))
  const root = await buildRoot(state)
  // The checkout is not to be seen from within, so what is lent is placed before.
  await placeTools(root, plan.loan, traces)
  await configureNpm(root, plan.loan, traces)
  await enterRoot(root)
  return inside
}

async function startServices(plan: Plan): Promise<Ready> {
  await makeBare(inPlace, traces)
  await addDeploy(plan.authorizedKey, traces)
  const authority = await issueCertificates(plan.tenants, traces)
  const [hostKey, root] = await Promise.all([
    startSshd(plan.ports.ssh, traces),
    startAuthority(plan.ports, authority, traces),
    startNginx(plan.ports, traces),
    startDatabases(plan, traces)
  ])
  return { hostKey, authorities: authority + root }
}

async function build(plan: Plan): Promise<Answer> {
  let inside: number | undefined
  if (inPlace) {
    await placeTools('', plan.loan, traces)
    await configureNpm('', plan.loan, traces)
  } else {
    try {
      inside = await moveIn(plan)
    } catch (error) {
      const { message, log } = asTenantError(error)
      return { kind: 'refused', reason: log ? `${message}: ${log}` : message }
    }
  }
  const ready = await startServices(plan)
  return { kind: 'ready', ready: inside === undefined ? ready : { ...ready, inside } }
}

process.umask(0o022)
process.env.PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
// Whoever reads our answers may be gone; that is noticed on standard input.
process.stdout.on('error', () => {})
const input = createInterface({ input: process.stdin })
let building: Promise<unknown> = Promise.resolve()
input.once('line', (line) => {
  building = build(JSON.parse(line) as Plan)
    .catch((error: unknown): Answer => {
      const { message, remedy, log } = asTenantError(error)
      return { kind: 'failed', reason: message, ...(remedy ? { remedy } : {}), ...(log ? { log } : {}) }
    })
    .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`))
})
input.once('close', () => {
  if (!inPlace) process.exit(0)
  // Half built it could not be told what to take away.
  void building.then(() => removeTraces(journal)).finally(() => process.exit())
})
