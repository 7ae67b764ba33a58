import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { TenantError } from './errors.ts'
import { Connection } from './remote/connection.ts'
import { openTransport, type Way } from './remote/open.ts'
import type { Access } from './request.ts'
import { parseSecrets } from './secrets.ts'
import type { Host } from './tenant/host.ts'

/** Opens the one connection to a host that a run has. */
export async function connect(access: Access, host: Host, signal: AbortSignal): Promise<Connection> {
  signal.throwIfAborted()
  const user = access.user ?? host.user
  const collector = readFileSync(access.program.collector, 'utf8')
  const options = { path: host.path, privilege: host.privilege, user, collector, signal }
  return new Connection(await openTransport(wayTo(access, host, user)), options)
}

function wayTo(access: Access, host: Host, user: string): Way {
  if (host.kind === 'local') return { kind: 'local', user }
  const privateKey =
    access.sshKey ?? (host.key_file === undefined ? undefined : readLocal(access, host.key_file, 'key_file'))
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

/** Root needs nobody's leave to become another account. */
export function asRoot({ user }: Access, host: Host): Host {
  return user === 'root' ? { ...host, privilege: 'root' } : host
}

/** Templates of the repository's own go before those that come with this program. */
export function templatesFor({ repository, program }: Access): string {
  const own = join(repository, 'templates')
  return existsSync(join(own, 'nginx')) ? own : program.templates
}

/** The secrets that were handed over; without any, those of the file that the host names. */
export function secretsFor(access: Access, host: Host): Record<string, string> {
  if (access.secrets !== null) return access.secrets
  if (host.secrets_file === undefined) return {}
  return parseSecrets(readLocal(access, host.secrets_file, 'secrets_file'), host.secrets_file)
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
