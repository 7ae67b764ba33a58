import { z } from 'zod'
import { whole } from './text.ts'
import * as value from './values.ts'

const anyPort = (example: number) => whole(1, 65535, example)
const loopback = () => value.address.default('127.0.0.1')

const connection = {
  address: value.address.describe('Where its SSH server is reached.'),
  user: value.unixAccount.describe('The account that deploys.'),
  host_key: value.hostKey.describe('The SHA-256 fingerprint of its SSH host key, or a list of them.')
}

/** What either the host's file or the file that it names under `from` may say. */
const settings = {
  port: anyPort(22).default(22).describe('The port of its SSH server.'),
  key_file: value.localPath
    .optional()
    .describe('The private SSH key on this machine, where it is not given in another way.'),
  http_port: anyPort(80).default(80).describe('The port on which nginx serves HTTP.'),
  listen: value.ipAddress.optional().describe('The one address on which nginx serves; without it, all of them.'),
  https_port: anyPort(443).default(443).describe('The port on which nginx serves HTTPS.'),
  postgres_address: loopback().describe('PostgreSQL, as the host reaches it.'),
  postgres_port: anyPort(5432).default(5432).describe('Its direct port, for migrations.'),
  pgbouncer_address: loopback().describe('PgBouncer, as the host reaches it.'),
  pgbouncer_port: anyPort(6432).default(6432).describe('The port that the apps connect to.'),
  root: value.absolutePath.default('/srv/tenants').describe('The folder that holds a folder for each tenant.'),
  path: z.array(value.absolutePath).default([]).describe('Folders to look for programs in, before all others.'),
  nginx: z
    .strictObject({
      sites: value.absolutePath.default('/etc/nginx/tenants.d').describe('The folder of the sites that it includes.'),
      config: value.absolutePath.default('/etc/nginx/nginx.conf').describe('Its main configuration.'),
      check: value.absolutePath
        .default('/etc/nginx/tenant-check.conf')
        .describe('The configuration that a new site is tested with.'),
      pid: value.absolutePath.default('/run/nginx.pid').describe('The file with the process id of its master.'),
      logs: value.absolutePath.default('/var/log/nginx').describe('The folder of its access and error logs.'),
      command: value.absolutePath.default('/usr/sbin/nginx').describe('The program.')
    })
    .prefault({})
    .describe('Where nginx keeps its things on this host.'),
  resolve: value.ipAddress
    .optional()
    .describe('The address at which the public domains of its tenants stand, in place of DNS.'),
  ca_file: value.localPath.optional().describe('A certificate to trust for those domains, besides the public ones.'),
  secrets_file: value.localPath.optional().describe('A JSON file with secrets, where none are given in another way.')
}

const identity = {
  name: value.hostName.describe('The name of this file, without `.yml`.'),
  from: value.relativePath
    .optional()
    .describe('A JSON file in the repository, written by what makes the host; what is said here goes before it.')
}

const title = 'A host: a server that serves tenants'

/** A host that can be connected to. */
export const hostSchema = z.strictObject({ ...identity, ...connection, ...settings }).meta({ title })

/** A host's own file, which may leave how to connect to the file that it names under `from`. */
export const hostFileSchema = z
  .strictObject({
    ...identity,
    address: connection.address.optional(),
    user: connection.user.optional(),
    host_key: connection.host_key.optional(),
    ...settings
  })
  .meta({ title })

/** The file that `from` names; keys of the maker's own may stand there as well. */
export const hostConnectionSchema = z.object(hostFileSchema.omit({ name: true, from: true }).shape)

export type Host = z.output<typeof hostSchema>
export type HostFile = z.output<typeof hostFileSchema>
