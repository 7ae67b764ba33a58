import type { TestProject } from 'vitest/node'
import startMachines from '../world/start.ts'
import { findAct, type Act } from './act.ts'

declare module 'vitest' {
  interface ProvidedContext {
    act: Act
  }
}

/** Finds act, or installs it; where it is there, makes what the files' machines are clones of. */
export default async function start(project: TestProject): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const act = findAct(say)
  project.provide('act', act)
  if (act.lacks === null) await startMachines()
  else say(`the workflow files are not run, for this machine lacks ${act.lacks}`)
}
