import type { HeldHost } from '../../../../src/facts/held/host.ts'
import { programFiles } from '../../../../src/resources/host/observer-files.ts'
import type { Host } from '../../../../src/tenant/host.ts'
import { host as plain } from '../../resources/acme.ts'

export const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f doctor'
export const observed: Host = { ...plain, observer: { user: 'look', keys: [KEY] } }

/** What provision would tell this host's collector of it. */
export function heldHost(host: Host = observed): HeldHost {
  const file = programFiles(host, '').find(({ path }) => path.endsWith('/host.json'))!
  return JSON.parse(file.text) as HeldHost
}
