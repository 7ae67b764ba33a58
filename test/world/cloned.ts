import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Layer } from '../sandbox/layers.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { deployed, provisioned, untilServing } from './frozen.ts'
import { makeRepository } from './repository.ts'
import { worldAt, type World } from './world.ts'

export interface ClonedWorld extends World, AsyncDisposable {
  sandbox: Sandbox
}

/** A machine and a repository of one's own. */
export async function clonedWorld(from: () => Promise<Layer> = provisioned): Promise<ClonedWorld> {
  await using made = new AsyncDisposableStack()
  const repository = made.adopt(makeRepository(), ({ dispose }) => dispose())
  const sandbox = made.use(await startSandbox({ folder: join(repository.path, '.sandbox'), from: await from() }))
  const world = worldAt(repository.path)
  if (from === deployed) await untilServing(world)
  const all = made.move()
  return { ...world, sandbox, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** One for a whole test file, called where it begins: what one file does is not seen in another. */
export async function cloned(from?: () => Promise<Layer>): Promise<ClonedWorld> {
  const world = await clonedWorld(from)
  afterAll(() => world[Symbol.asyncDispose]())
  return world
}
