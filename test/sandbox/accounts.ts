import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { run } from './command.ts'
import { environmentFile } from './tools.ts'
import type { Traces } from './traces.ts'

const secureTools = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

// As on a server whose administrator lets the account provision; what it needs to deploy alone, provision writes.
const sudoers = `Defaults:deploy !requiretty
Defaults:deploy,root secure_path="${secureTools}"
Defaults:deploy,root env_file=${environmentFile}
deploy ALL=(ALL:ALL) NOPASSWD: ALL
`

/** A number, for accounts and groups by their name. */
export async function accountId(name: string, kind: '-u' | '-g' = '-u'): Promise<number> {
  return Number(await run(['id', kind, name]))
}

/** The account that deploys, which the given key may log in to, and its right to become any other. */
export async function addDeploy(authorizedKey: string, traces: Traces): Promise<void> {
  const home = '/home/deploy'
  traces.path(home)
  // In a file system of its own, this is the host's view of a home that the machine may have.
  rmSync(home, { recursive: true, force: true })
  await run(['useradd', '--user-group', '--create-home', '--home-dir', home, '--shell', '/bin/bash', 'deploy'])
  // useradd locks the account, and sshd without PAM refuses a locked one its key.
  await run(['usermod', '--password', '*', 'deploy'])
  const [user, group] = [await accountId('deploy'), await accountId('deploy', '-g')]
  mkdirSync(`${home}/.ssh`, { mode: 0o700 })
  writeFileSync(`${home}/.ssh/authorized_keys`, authorizedKey, { mode: 0o600 })
  for (const path of ['', '/authorized_keys']) chownSync(`${home}/.ssh${path}`, user, group)
  const file = '/etc/sudoers.d/sandbox'
  traces.path(file)
  writeFileSync(file, sudoers, { mode: 0o440 })
  await run(['visudo', '-c', '-q', '-f', file])
}
