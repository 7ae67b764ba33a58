import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startSandbox } from '../sandbox/sandbox.ts'
import { makeRepository } from './repository.ts'
import { worldAt } from './world.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The repository whose tenants the shared sandbox serves. */
    repository: string
  }
}

/** By the command, as an operator does it: the sandbox itself is a bare host. */
async function provision(repository: string, tenant: string): Promise<void> {
  const { code, stdout, stderr } = await worldAt(repository).tenant(['provision', tenant])
  // 1: something was found that provision does not mend; what depends on it has tests of its own.
  if (code !== 0 && code !== 1) throw new Error(`provision ${tenant} ended with ${code}:\n${stdout}${stderr}`)
}

/** One sandbox for all files of a project: they run one after the other, each from a deployed state of its own making. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const repository = await makeRepository()
  try {
    const sandbox = await startSandbox({
      folder: join(repository.path, '.sandbox'),
      tenants: join(repository.path, 'tenants')
    })
    try {
      for (const tenant of ['yourbrand', 'otherbrand']) await provision(repository.path, tenant)
    } catch (error) {
      await sandbox.stop()
      throw error
    }
    project.provide('repository', repository.path)
    return async () => {
      await sandbox.stop()
      repository.dispose()
    }
  } catch (error) {
    repository.dispose()
    throw error
  }
}
