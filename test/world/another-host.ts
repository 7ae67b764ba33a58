import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { worldAt, type World } from './world.ts'

/** A bare host beside the shared one, which serves the same repository. */
export interface AnotherHost extends AsyncDisposable {
  world: World
  /** What says where it is, as the repository's files name it. */
  from: string
  sandbox: Sandbox
}

/** Git sees nothing of it, and it ends with this process at the latest. */
export async function anotherHost({ repository }: World, name: string): Promise<AnotherHost> {
  const folder = `.sandbox/${name}`
  // It is told of no tenant: what it makes for them by itself, the other one has.
  const tenants = join(repository.path, '.sandbox', `${name}-tenants`)
  mkdirSync(tenants, { recursive: true })
  const sandbox = await startSandbox({ folder: join(repository.path, folder), tenants, say: () => undefined })
  return {
    world: worldAt(repository.path, folder),
    from: `${folder}/host.json`,
    sandbox,
    [Symbol.asyncDispose]: () => sandbox.stop()
  }
}
