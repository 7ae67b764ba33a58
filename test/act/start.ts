import type { TestProject } from 'vitest/node'
import startWorld from '../world/start.ts'
import { useTinyApp } from '../world/tiny-app.ts'
import { worldAt } from '../world/world.ts'
import { findAct, type Act } from './act.ts'

declare module 'vitest' {
  interface ProvidedContext {
    act: Act
  }
}

export const tenants = ['yourbrand', 'otherbrand']

/** Finds act, or installs it; where it is there, starts one host for all files, which deploy both tenants for themselves. */
export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const act = findAct(say)
  project.provide('act', act)
  if (act.lacks !== null) {
    say(`the workflow files are not run, for this machine lacks ${act.lacks}`)
    return () => Promise.resolve()
  }
  const stop = await startWorld(project)
  try {
    const world = worldAt(project.getProvidedContext().repository)
    for (const name of tenants) useTinyApp(world.repository, name)
    world.repository.commit('A tiny app for each')
  } catch (error) {
    await stop()
    throw error
  }
  return stop
}
