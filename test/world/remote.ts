import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Shipment } from '../../src/deploy/shipment.ts'
import type { Remote } from '../../src/remote/remote.ts'
import { Connection } from '../../src/remote/connection.ts'
import { connectSsh, type SshOptions } from '../../src/remote/ssh.ts'
import { layout } from '../../src/tenant/layout.ts'
import { loadTenant } from '../../src/tenant/load.ts'
import { checkout } from '../sandbox/sandbox.ts'
import type { World } from './world.ts'

/** How the sandbox is connected to, but for what a test wants otherwise. */
export function sshOptions(world: World, otherwise: Partial<SshOptions> = {}): SshOptions {
  const { address, port, user, host_key, key_file } = world.host
  return { address, port, user, hostKeys: [host_key], privateKey: readFileSync(key_file, 'utf8'), ...otherwise }
}

export interface RemoteOptions extends Partial<SshOptions> {
  path?: string[]
  signal?: AbortSignal
}

/** A connection of our own to the sandbox, with the collector as it is committed. */
export async function connectTo(world: World, { path, signal, ...options }: RemoteOptions = {}): Promise<Connection> {
  return new Connection(await connectSsh(sshOptions(world, options)), {
    path: path ?? [],
    collector: readFileSync(join(checkout, 'dist/collector/index.js'), 'utf8'),
    signal: signal ?? new AbortController().signal
  })
}

/** What a lane gets in its hands, for the parts of it that a test calls by themselves. */
export function shipmentFor(world: World, name: string, remote: Remote): Shipment {
  const { path } = world.repository
  const { tenant, host } = loadTenant(path, name)
  return {
    host,
    tenant,
    layout: layout(host, tenant),
    remote,
    repository: path,
    templates: join(checkout, 'templates'),
    collector: readFileSync(join(checkout, 'dist/collector/index.js'), 'utf8'),
    secrets: JSON.parse(readFileSync(world.host.secrets_file, 'utf8')) as Record<string, string>,
    environment: {},
    gitServer: 'https://github.com',
    identity: { by: 'contract test', commit: null, run: null },
    runsBuilds: true,
    dryRun: false,
    absent: { account: false, database: false },
    placed: [],
    tell: () => undefined,
    signal: new AbortController().signal
  }
}
