import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { authority } from './certificates.ts'
import type { Ports, Ready } from './plan.ts'
import { isRunning, type ProcessIdentity } from './processes.ts'

/** What `host.json` says of a running sandbox. */
export interface SandboxHost {
  address: string
  port: number
  /** nginx serves on this address alone. */
  listen: string
  user: string
  key_file: string
  host_key: string
  http_port: number
  https_port: number
  postgres: { address: string; port: number; socket: string; administrator: string }
  pgbouncer: { address: string; port: number; config: string; databases: string; users: string; pid: string }
  acme: { directory: string; ca_file: string }
  /** The address at which all public domains of its tenants stand. */
  resolve: string
  ca_file: string
  secrets_file: string
  supervisor: ProcessIdentity
  /** A process whose namespaces are the host's; null: the host runs in place. */
  inside: number | null
}

/** Where Debian's packages have these. */
export const postgres = { socket: '/var/run/postgresql', administrator: 'postgres' }
export const pgbouncer = {
  config: '/etc/pgbouncer/pgbouncer.ini',
  databases: '/etc/pgbouncer/tenants.ini',
  users: '/etc/pgbouncer/userlist.txt',
  pid: '/var/run/postgresql/pgbouncer.pid'
}

const names = ['host.json', 'secrets.json', 'ca.pem', 'deploy_key', 'deploy_key.pub', 'host.log']
export const keyFile = (folder: string) => join(folder, 'deploy_key')
export const logFile = (folder: string) => join(folder, 'host.log')

/** Writes the files that a client of the host needs; host.json, which says that all is there, comes last. */
export function writeHostFiles(
  folder: string,
  ready: Ready,
  ports: Ports,
  supervisor: ProcessIdentity,
  secrets: Record<string, string>
): SandboxHost {
  const loopback = '127.0.0.1'
  const host: SandboxHost = {
    address: loopback,
    port: ports.ssh,
    listen: loopback,
    user: 'deploy',
    key_file: keyFile(folder),
    host_key: ready.hostKey,
    http_port: ports.http,
    https_port: ports.https,
    postgres: { address: loopback, port: ports.postgres, ...postgres },
    pgbouncer: { address: loopback, port: ports.pgbouncer, ...pgbouncer },
    acme: { directory: `https://${loopback}:${ports.acme}/dir`, ca_file: authority },
    resolve: loopback,
    ca_file: join(folder, 'ca.pem'),
    secrets_file: join(folder, 'secrets.json'),
    supervisor,
    inside: ready.inside ?? null
  }
  const write = (file: string, content: string) => writeFileSync(file, content, { mode: 0o600 })
  write(host.ca_file, ready.authorities)
  write(host.secrets_file, `${JSON.stringify(secrets, undefined, 2)}\n`)
  write(join(folder, 'host.json'), `${JSON.stringify(host, undefined, 2)}\n`)
  return host
}

/** The host that a folder's host.json tells of, if that is still running. */
export function runningHost(folder: string): SandboxHost | undefined {
  const file = join(folder, 'host.json')
  if (!existsSync(file)) return undefined
  const host = JSON.parse(readFileSync(file, 'utf8')) as SandboxHost
  return isRunning(host.supervisor) ? host : undefined
}

/** Removes what a host that is gone left in its folder, and the folder if nothing else is in it. */
export function removeHostFiles(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of names) rmSync(join(folder, name), { force: true })
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}
