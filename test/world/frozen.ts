import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digest, digestOf, freeze, type Layer } from '../sandbox/layers.ts'
import { bareLayer, checkout, startSandbox, toStandardError } from '../sandbox/sandbox.ts'
import { makeRepository } from './repository.ts'
import { worldAt, type World } from './world.ts'

const PROGRAM = ['dist', 'templates', 'tenants'].map((path) => join(checkout, path))
const SOURCES = ['booking-app', 'yourbrand-site', 'otherbrand-site'].map((name) => join(checkout, 'test', name))
const tenants = ['yourbrand', 'otherbrand']

/** A host on which both tenants are provisioned, and nothing is deployed. */
export async function provisioned(): Promise<Layer> {
  const below = await bareLayer()
  // 1: something was found that provision does not mend; what depends on it has tests of its own.
  return afterEach({ name: 'provisioned', key: keyOf(below, PROGRAM), below }, ['provision'], [0, 1])
}

/** A host on which both tenants run, as they are in the checkout. */
export async function deployed(): Promise<Layer> {
  const below = await provisioned()
  return afterEach({ name: 'deployed', key: keyOf(below, SOURCES), below }, ['deploy'], [0])
}

/** Waits, for a minute at the most, until both apps of a deployed clone answer through nginx. */
export async function untilServing(world: World): Promise<void> {
  for (const name of tenants) {
    const url = world.url(`booking.${name}.test`, '/api/health')
    for (let tries = 0; ; tries += 1) {
      const status = await world.visit(url).then((visit) => visit.status, String)
      if (status === 200) break
      if (tries === 600) throw new Error(`${url} does not answer: ${status}`)
      await sleep(100)
    }
  }
}

const keyOf = (below: Layer, files: string[]) => digest(below.key, digestOf(...files))

/** What a command for both tenants leaves on the layer below, run as an operator does it. */
function afterEach(layer: Layer & { below: Layer }, words: string[], codes: number[]): Promise<Layer> {
  return freeze(layer, toStandardError, async (into) => {
    await using made = new AsyncDisposableStack()
    const repository = made.adopt(makeRepository(), ({ dispose }) => dispose())
    const sandbox = made.use(await startSandbox({ folder: join(repository.path, '.sandbox'), from: layer.below, into }))
    for (const tenant of tenants) {
      const { code, stdout, stderr } = await worldAt(repository.path).tenant([...words, tenant])
      if (!codes.includes(code)) throw new Error(`${words.join(' ')} ${tenant} ended with ${code}:\n${stdout}${stderr}`)
    }
    await sandbox.powerOff()
  })
}
