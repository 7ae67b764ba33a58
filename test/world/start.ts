import { provisioned } from './frozen.ts'

/** What the files' machines are clones of; each file waits for the same, were it not there when the first one begins. */
export default async function start(): Promise<void> {
  await provisioned()
}
