import { createHash } from 'node:crypto'
import type { HeldHost } from '../../facts/held/host.ts'
import { HELD_COMMAND, HELD_SECONDS } from '../../facts/held/protocol.ts'
import type { Host } from '../../tenant/host.ts'
import { RECORDS } from '../../tenant/layout.ts'
import { administratorPlace } from '../administrator.ts'
import { UNIT } from './boot.ts'
import { capacityPaths } from './capacity.ts'
import { inventoryRequest } from './inventory.ts'
import { SUDO_RULE } from './sudo.ts'

/** All of it is root's, and the account that looks can write nowhere in it. */
export const PROGRAM = '/usr/local/lib/tenant-deploy'
export const HOME = '/var/lib/tenant-deploy/observer'
export const KEYS = `${HOME}/.ssh/authorized_keys`
export const RULE = '/etc/sudoers.d/tenant-deploy-observer'
/** sshd would read this one as well. */
export const MORE_KEYS = `${KEYS}2`

const COLLECTOR = `${PROGRAM}/collector.cjs`
const HOST = `${PROGRAM}/host.json`
const LOOK = `${PROGRAM}/look`
const DOOR = `${PROGRAM}/door`

export interface RootFile {
  path: string
  text: string
  mode: string
}

export type Observer = NonNullable<Host['observer']>

/** What sshd lets each key do: nothing but run the door, without a terminal, forwarding, or a file of its account's. */
export function authorizedKeys({ keys }: Pick<Observer, 'keys'>): RootFile {
  const lines = keys.map((key) => `restrict,command="${DOOR}" ${key}\n`)
  return { path: KEYS, text: `# Written by tenant provision.\n${lines.join('')}`, mode: '0644' }
}

/** In the order in which they are needed: each is of use only with those before it. */
export function programFiles(host: Host, collector: string): RootFile[] {
  const folders = [...host.path, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  return [
    { path: COLLECTOR, text: collector, mode: '0644' },
    { path: HOST, text: `${JSON.stringify(heldHost(host), undefined, 2)}\n`, mode: '0644' },
    { path: LOOK, text: look(folders), mode: '0755' },
    { path: DOOR, text: DOOR_SCRIPT, mode: '0755' }
  ]
}

/** That account may start exactly this, without a word behind it and with nothing of its environment. */
export function sudoRule({ user }: Pick<Observer, 'user'>): RootFile {
  const text = `Defaults:${user} !requiretty, !setenv
Defaults!${LOOK} env_reset, !env_keep, !env_check
${user} ALL=(root) NOPASSWD: NOSETENV: ${LOOK} ""
`
  return { path: RULE, text, mode: '0440' }
}

/** What sshd runs in place of whatever was asked for: as the account that looks, and it is the one who says no. */
const DOOR_SCRIPT = `#!/bin/sh
# Written by tenant provision.
if [ "\${SSH_ORIGINAL_COMMAND-}" != ${HELD_COMMAND} ]; then
  echo 'this key only looks: it runs no command, copies no file and opens no shell' >&2
  exit 126
fi
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin exec sudo -n ${LOOK}
`

/** What io_uring does for Node, it does with the rights that the process began with; see remote/run-collector.ts. */
function look(folders: readonly string[]): string {
  return `#!/bin/sh
# Written by tenant provision.
cd / || exit 1
exec /usr/bin/env -i PATH=${folders.join(':')} UV_USE_IO_URING=0 timeout -k 10 ${HELD_SECONDS} node --single-threaded ${COLLECTOR}
`
}

function heldHost(host: Host): HeldHost {
  const { root, sites, databases, units, certificates, accounts } = inventoryRequest(host)
  const { command, config, pid } = host.nginx
  const { address, port } = host.postgres
  const { pgbouncer } = host
  return {
    root: host.root,
    nginx: { command, config, sites, pid },
    postgres: { address, port, administrator: administratorPlace(host) },
    pgbouncer: {
      address: pgbouncer.address,
      port: pgbouncer.port,
      config: pgbouncer.config,
      databases: pgbouncer.databases,
      users: pgbouncer.users,
      pid: pgbouncer.pid
    },
    inventory: { root, sites, databases, units, certificates, accounts },
    records: RECORDS,
    capacity: capacityPaths(host),
    account: host.observer?.user ?? '',
    hashed: [UNIT, SUDO_RULE, RULE, KEYS, COLLECTOR, HOST, LOOK, DOOR]
  }
}

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
