import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startSandbox } from '../sandbox/sandbox.ts'
import { makeRepository } from './repository.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The repository whose tenants the shared sandbox serves. */
    repository: string
  }
}

/** One sandbox for all files of a project: they run one after the other, each from a deployed state of its own making. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const repository = await makeRepository()
  try {
    const sandbox = await startSandbox({
      folder: join(repository.path, '.sandbox'),
      tenants: join(repository.path, 'tenants')
    })
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
