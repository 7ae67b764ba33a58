import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { limit } from '../../src/facts/limit.ts'
import { digest, digestOf, freeze, type Layer } from '../sandbox/layers.ts'
import { bareLayer, checkout, startSandbox, toStandardError } from '../sandbox/sandbox.ts'
import { clonedWorld, type ClonedWorld } from './cloned.ts'
import { patient, type Patient } from './patient.ts'
import { onHost } from './on-host.ts'
import { makeRepository } from './repository.ts'
import { worldAt, type World } from './world.ts'

/** Each of them starts with every clone, so they are as many as a round of faults needs, and no more. */
const NAMES = 'bakery clinic dairy eatery florist garage hostel island jeweller kennel library museum'.split(' ')
const FIRST_PORT = 5001

const PROGRAM = ['dist', 'templates', 'tenants'].map((path) => join(checkout, path))
const WRITTEN_BY = ['patients', 'patient', 'fresh-tenant', 'tiny-app', 'repository'].map((name) =>
  join(import.meta.dirname, `${name}.ts`)
)
/** The commit is the same each time, so that what a clone was deployed from is what its repository holds. */
const DATES = { GIT_AUTHOR_DATE: '2026-01-02T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-02T00:00:00Z' }

/** PgBouncer waits 15 seconds after a login that the server refused, unless it is told otherwise. */
const RETRY_SOON = "sed -i '/^\\[pgbouncer\\]$/a server_login_retry = 1' /etc/pgbouncer/pgbouncer.ini"

/** A host whose only tenants are patients, all of them deployed. */
async function patients(): Promise<Layer> {
  const below = await bareLayer()
  const key = digest(below.key, digestOf(...PROGRAM, ...WRITTEN_BY))
  return freeze({ name: 'patients', key, below }, toStandardError, async (into) => {
    await using made = new AsyncDisposableStack()
    const repository = made.adopt(makeRepository(), ({ dispose }) => dispose())
    const sandbox = made.use(await startSandbox({ folder: join(repository.path, '.sandbox'), from: below, into }))
    const inTurn = limit(availableParallelism())
    const admitted = await admit(worldAt(repository.path))
    // One begins, for it gives the host what all of them share.
    await admitted[0]!.settle()
    await Promise.all(admitted.slice(1).map((each) => inTurn(() => each.settle())))
    await onHost(worldAt(repository.path), NAMES[0]!).must(['sh', '-ec', RETRY_SOON])
    await sandbox.powerOff()
  })
}

/** Writes them into the repository in the place of its tenants; each has an app of its own, as a fault may be in it. */
async function admit(world: World): Promise<Patient[]> {
  for (const name of ['yourbrand', 'otherbrand']) world.repository.remove(`tenants/${name}`)
  const admitted: Patient[] = []
  for (const [index, name] of NAMES.entries()) {
    const ports = [FIRST_PORT + 2 * index, FIRST_PORT + 2 * index + 1]
    admitted.push(await patient(world, name, { ports, source: `test/${name}-app` }))
  }
  world.repository.commit('The patients', DATES)
  return admitted
}

/** A machine with patients that are in sync, to do harm to. */
export interface Hospital extends ClonedWorld {
  patients: Patient[]
}

export async function hospital(): Promise<Hospital> {
  const world = await clonedWorld(patients)
  return { ...world, patients: await admit(world) }
}
