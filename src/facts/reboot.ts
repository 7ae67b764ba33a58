import type { RebootFact } from './host-facts.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

/** Packages of Debian and Ubuntu note there that they wait for a restart (update-notifier, unattended-upgrades). */
export async function lookAtReboot(folder = '/run'): Promise<RebootFact> {
  const [note, packages] = await settled([
    readText(`${folder}/reboot-required`),
    readText(`${folder}/reboot-required.pkgs`)
  ])
  const names = (packages ?? '').split('\n').filter((name) => name !== '')
  return { pending: note !== null, packages: note === null ? [] : [...new Set(names)].sort() }
}
