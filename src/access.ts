import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TenantError } from './errors.ts'
import { Connection } from './remote/connection.ts'
import { HeldConnection } from './remote/held-connection.ts'
import { openTransport, type Way } from './remote/open.ts'
import type { Remote } from './remote/remote.ts'
import { redaction } from './redaction.ts'
import type { Access } from './request.ts'
import { parseSecrets } from './secrets.ts'
import type { Host } from './tenant/host.ts'
import type { Tenant } from './tenant/schema.ts'
import { secretsOf } from './tenant/secret-names.ts'

/** What a connection is for: who only looks may do so by a key that can nothing else. */
export type Purpose = 'act' | 'look'

/** Opens the one connection to a host that a run has. */
export async function connect(access: Access, host: Host, signal: AbortSignal, purpose: Purpose): Promise<Remote> {
  signal.throwIfAborted()
  const held = purpose === 'look' ? heldWay(access, host) : null
  if (held !== null) return new HeldConnection(await openHeld(held, host), signal, host.user)
  const user = access.user ?? host.user
  const options = { path: host.path, privilege: host.privilege, user, collector: collectorOf(access), signal }
  return new Connection(await openTransport(wayTo(access, host, user)), options)
}

/** Text of the collector's bundle. */
export function collectorOf({ program }: Access): string {
  return readFileSync(program.collector, 'utf8')
}

function wayTo(access: Access, host: Host, user: string): Way {
  if (host.kind === 'local') return { kind: 'local', user }
  const privateKey =
    access.sshKey ?? (host.key_file === undefined ? undefined : readLocal(access, host.key_file, 'key_file'))
  redaction.add([privateKey ?? ''])
  if (privateKey === undefined && access.agent === null && access.lookKey !== null) throw onlyLooks(host)
  return {
    kind: 'ssh',
    address: host.address,
    port: host.port,
    user,
    hostKeys: host.host_key,
    privateKey,
    ...(access.agent === null ? {} : { agent: access.agent })
  }
}

type SshWay = Extract<Way, { kind: 'ssh' }>

/** By the key that may only look; null where there is none, or where somebody says which account to connect as. */
function heldWay({ lookKey, sshKey, user }: Access, host: Host): SshWay | null {
  if (lookKey === null || user !== null || host.kind === 'local') return null
  const { observer, address, port, host_key: hostKeys } = host
  if (observer !== undefined) return { kind: 'ssh', address, port, user: observer.user, hostKeys, privateKey: lookKey }
  if (sshKey !== null) return null
  throw new TenantError('secret', `the host ${host.name} knows no key that may only look`, {
    where: `tenants/hosts/${host.name}.yml`,
    remedy:
      'add `observer` with the public half of the key, and provision a tenant of this host; or hand over the key that deploys'
  })
}

async function openHeld(way: SshWay, { name }: Host) {
  try {
    return await openTransport(way)
  } catch (thrown) {
    if (!(thrown instanceof TenantError && thrown.kind === 'authentication')) throw thrown
    throw new TenantError('authentication', `the host does not accept this key for the account ${way.user}`, {
      ...(thrown.where === undefined ? {} : { where: thrown.where }),
      remedy: `add the key's public half to observer.keys in tenants/hosts/${name}.yml, and provision a tenant of this host; sshd has to read ~/.ssh/authorized_keys, and to let the account in`,
      cause: thrown
    })
  }
}

function onlyLooks({ name }: Host): TenantError {
  return new TenantError('secret', 'the key that was handed over may only look, and this command does more', {
    where: `host ${name}`,
    remedy: 'hand over the key that deploys (input ssh-key, or TENANT_SSH_KEY)'
  })
}

/** Root needs nobody's leave to become another account. */
export function asRoot({ user }: Access, host: Host): Host {
  return user === 'root' ? { ...host, privilege: 'root' } : host
}

/** Templates of the repository's own go before those that come with this program. */
export function templatesFor({ repository, program }: Access): string {
  const own = join(repository, 'templates')
  return existsSync(join(own, 'nginx')) ? own : program.templates
}

export interface Secrets {
  /** What a run on this tenant may have of them. */
  of(tenant: Tenant): Record<string, string>
}

/** The secrets that were handed over; without any, those of the file that the host names. From here on all are masked. */
export function secretsFor(access: Access, host: Host): Secrets {
  const all = access.secrets ?? secretsFile(access, host)
  redaction.add([...Object.values(all), access.sshKey ?? '', access.lookKey ?? ''])
  return {
    of(tenant) {
      const names = secretsOf(tenant, host)
      return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
    }
  }
}

function secretsFile(access: Access, { secrets_file: file }: Host): Record<string, string> {
  return file === undefined ? {} : parseSecrets(readLocal(access, file, 'secrets_file'), file)
}

function readLocal(access: Access, path: string, key: string): string {
  try {
    return readFileSync(resolve(access.repository, path), 'utf8')
  } catch (thrown) {
    throw new TenantError('secret', `${path} can't be read: ${(thrown as NodeJS.ErrnoException).code}`, {
      where: `${key} of the host`,
      remedy: 'correct the path, or the rights of the file',
      cause: thrown
    })
  }
}
