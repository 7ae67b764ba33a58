import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { TenantError } from '../../src/errors.ts'
import { run, runToEnd } from './command.ts'
import type { SandboxTenant } from './manifests.ts'
import { environmentFile, ownNpmCache } from './tools.ts'
import type { Traces } from './traces.ts'

const secureTools = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
export const tenantCheck = '/etc/nginx/tenant-check.conf'

const sudoers = `Defaults:deploy !requiretty
Defaults:deploy,root secure_path="${secureTools}"
Defaults:deploy,root env_file=${environmentFile}
deploy ALL=(%tenants) NOPASSWD: ALL
deploy ALL=(root) NOPASSWD: /usr/sbin/nginx -t -q -c ${tenantCheck}, /usr/sbin/nginx -s reload
`

/** The same number in every sandbox, so that the account's npm cache stays its own. */
function accountNumber(name: string): number {
  return 20_000 + (createHash('sha256').update(name).digest().readUInt32BE() % 30_000)
}

/** A number, for accounts and groups by their name. */
export async function accountId(name: string, kind: '-u' | '-g' = '-u'): Promise<number> {
  return Number(await run(['id', kind, name]))
}

async function addAccount(name: string, options: string[], inPlace: boolean, traces: Traces): Promise<number> {
  if ((await runToEnd(['id', '-u', name])).code === 0) {
    if (inPlace) {
      throw new TenantError('usage', `this machine has an account ${name}, and the sandbox runs in place`, {
        remedy: 'run where mount namespaces are allowed, or remove the account if a sandbox left it'
      })
    }
    await run(['userdel', '--force', name])
  }
  traces.account(name)
  const number = accountNumber(name)
  await run(['useradd', '--uid', String(number), '--user-group', ...options, name])
  // useradd locks the account, and sshd without PAM refuses a locked one its key.
  await run(['usermod', '--password', '*', name])
  await ownNpmCache(name, number)
  return number
}

async function addDeploy(authorizedKey: string, inPlace: boolean, traces: Traces): Promise<void> {
  traces.path('/home/deploy')
  // In a file system of its own, this is the host's view of a home that the machine may have.
  rmSync('/home/deploy', { recursive: true, force: true })
  const options = ['--create-home', '--home-dir', '/home/deploy', '--shell', '/bin/bash']
  const number = await addAccount('deploy', options, inPlace, traces)
  mkdirSync('/home/deploy/.ssh', { mode: 0o700 })
  writeFileSync('/home/deploy/.ssh/authorized_keys', authorizedKey, { mode: 0o600 })
  for (const path of ['', '/authorized_keys']) chownSync(`/home/deploy/.ssh${path}`, number, number)
}

async function addTenant(name: string, inPlace: boolean, traces: Traces): Promise<void> {
  const home = `/srv/tenants/${name}`
  const options = ['--groups', 'tenants', '--no-create-home', '--home-dir', home, '--shell', '/bin/sh']
  const number = await addAccount(`tenant-${name}`, options, inPlace, traces)
  // nginx gets in, other tenants do not.
  await run(['install', '-d', '-o', String(number), '-g', 'www-data', '-m', '0750', home])
  const open = ['marketing', 'marketing/releases', 'app', 'app/releases', 'app/shared'].map(
    (folder) => `${home}/${folder}`
  )
  const owner = ['-o', String(number), '-g', String(number)]
  await run(['install', '-d', ...owner, '-m', '0755', ...open])
  await run(['install', '-d', ...owner, '-m', '0700', `${home}/pm2`])
}

/** The deploying account, one account and folder for each tenant, and the narrow rules between them. */
export async function addAccounts(
  tenants: SandboxTenant[],
  authorizedKey: string,
  inPlace: boolean,
  traces: Traces
): Promise<void> {
  traces.group('tenants')
  await run(['groupadd', '--system', '--force', 'tenants'])
  await addDeploy(authorizedKey, inPlace, traces)
  traces.path('/srv/tenants')
  mkdirSync('/srv/tenants', { recursive: true, mode: 0o755 })
  for (const { name } of tenants) await addTenant(name, inPlace, traces)
  const file = '/etc/sudoers.d/tenant-sandbox'
  traces.path(file)
  writeFileSync(file, sudoers, { mode: 0o440 })
  await run(['visudo', '-c', '-q', '-f', file])
}
