import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { authority } from './certificates.ts'
import type { Client } from './configure.ts'
import type { Machine } from './machine.ts'
import { isRunning } from './processes.ts'

/** What `host.json` says of a running sandbox. */
export interface SandboxHost {
  address: string
  port: number
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
  machine: Machine
}

const names = ['host.json', 'secrets.json', 'ca.pem', 'deploy_key', 'deploy_key.pub', 'host.log']
export const logFile = (folder: string) => join(folder, 'host.log')

/**
 * Writes the files that a client of the host needs; host.json, which says that all is there, comes last.
 *
 * @param authorities in PEM, what signed the certificates of its domains
 */
export function writeHostFiles(folder: string, machine: Machine, client: Client, authorities: string): SandboxHost {
  const local = '127.0.0.1'
  const run = '/var/run/postgresql'
  const host: SandboxHost = {
    address: machine.address,
    port: 22,
    user: 'deploy',
    key_file: join(folder, 'deploy_key'),
    host_key: client.hostKey,
    http_port: 80,
    https_port: 443,
    postgres: { address: local, port: 5432, socket: run, administrator: 'postgres' },
    // Where Debian's package has these; what provision adds stands beside.
    pgbouncer: {
      address: local,
      port: 6432,
      config: '/etc/pgbouncer/pgbouncer.ini',
      databases: '/etc/pgbouncer/tenants.ini',
      users: '/etc/pgbouncer/userlist.txt',
      pid: `${run}/pgbouncer.pid`
    },
    acme: { directory: `https://${local}:14000/dir`, ca_file: authority },
    resolve: machine.address,
    ca_file: join(folder, 'ca.pem'),
    secrets_file: join(folder, 'secrets.json'),
    machine
  }
  const write = (file: string, content: string) => writeFileSync(file, content, { mode: 0o600 })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  write(host.key_file, client.key)
  write(`${host.key_file}.pub`, client.publicKey)
  write(host.ca_file, authorities)
  write(host.secrets_file, `${JSON.stringify(client.secrets, undefined, 2)}\n`)
  write(join(folder, 'host.json'), `${JSON.stringify(host, undefined, 2)}\n`)
  return host
}

/** The host that a folder's host.json tells of, if that is still running. */
export function runningHost(folder: string): SandboxHost | undefined {
  const file = join(folder, 'host.json')
  if (!existsSync(file)) return undefined
  const host = JSON.parse(readFileSync(file, 'utf8')) as SandboxHost
  return isRunning(host.machine.process) ? host : undefined
}

/** Removes what a host that is gone left in its folder, and the folder if nothing else is in it. */
export function removeHostFiles(folder: string): void {
  if (!existsSync(folder)) return
  for (const name of names) rmSync(join(folder, name), { force: true })
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}
