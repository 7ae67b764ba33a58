import { existsSync, readdirSync, rmSync } from 'node:fs'
import { TenantError } from '../../src/errors.ts'
import { run, runToEnd } from './command.ts'
import type { Traces } from './traces.ts'

/** What `tenant provision` makes on a host, under the names that a host's file has as defaults. */
const provisioned = [
  '/srv/tenants',
  '/etc/nginx/tenants.d',
  '/etc/nginx/tenant-check.conf',
  '/etc/sudoers.d/tenant-deploy',
  '/etc/systemd/system/tenant@.service',
  '/etc/tenant-deploy',
  '/var/lib/tenant-deploy',
  '/etc/letsencrypt',
  '/var/lib/letsencrypt',
  '/var/log/letsencrypt'
]
const startedAtBoot = { folder: '/etc/systemd/system/multi-user.target.wants', prefix: 'tenant@' }
const accounts = { exact: 'deploy', prefix: 'tenant-' }
const group = 'tenants'

async function ourAccounts(): Promise<string[]> {
  const names = (await run(['getent', 'passwd'])).split('\n').map((line) => line.split(':')[0] ?? '')
  return names.filter((name) => name === accounts.exact || name.startsWith(accounts.prefix))
}

async function hasGroup(): Promise<boolean> {
  return (await runToEnd(['getent', 'group', group])).code === 0
}

function ourLinks(): string[] {
  const { folder, prefix } = startedAtBoot
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.filter((name) => name.startsWith(prefix)).map((name) => `${folder}/${name}`)
}

/** Accounts cannot be moved aside, so a machine that has them is no place for a sandbox of its own. */
async function refuseOurs(): Promise<void> {
  const found = [...(await ourAccounts()).map((name) => `an account ${name}`), ...ourLinks()]
  if (await hasGroup()) found.push(`a group ${group}`)
  if (found.length === 0) return
  throw new TenantError('usage', `this machine has ${found.join(', ')}, and the sandbox runs in place`, {
    remedy: 'run where mount namespaces are allowed, or remove them if a sandbox left them'
  })
}

/**
 * Sees that nothing of ours is on the host, whatever the machine serves by itself, and has all that provision will
 * make on it taken away at the end.
 */
export async function makeBare(inPlace: boolean, traces: Traces): Promise<void> {
  if (inPlace) await refuseOurs()
  for (const name of await ourAccounts()) await run(['userdel', '--force', name])
  if (await hasGroup()) await run(['groupdel', group])
  traces.group(group)
  traces.account(accounts.exact)
  traces.accounts(accounts.prefix)
  traces.units(`${startedAtBoot.folder}/${startedAtBoot.prefix}`)
  for (const path of provisioned) traces.path(path)
  // In a file system of its own, this is the host's view of what the machine has.
  for (const path of [...provisioned, ...ourLinks()]) rmSync(path, { recursive: true, force: true })
}
