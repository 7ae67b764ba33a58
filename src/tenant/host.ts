import { z } from 'zod'
import { sharedSecrets } from './shared-secrets.ts'
import { roleName } from './sql-names.ts'
import { hostKey, observerAccount, publicKey } from './ssh-values.ts'
import { listOf, rule, whole } from './text.ts'
import type { Clash } from './text.ts'
import * as value from './values.ts'

const anyPort = (example: number) => whole(1, 65535, example)
const loopback = () => value.address.default('127.0.0.1')

const connection = {
  address: value.address.optional().describe('Where its SSH server is reached; every host of the kind `ssh` has one.'),
  user: value.unixAccount
    .optional()
    .describe('The account that deploys; on a host of the kind `local`, the one that the runner runs as.'),
  host_key: hostKey
    .optional()
    .describe('The SHA-256 fingerprint of its SSH host key, or a list of them; every host of the kind `ssh` has one.')
}

const postgres = z
  .strictObject({
    address: loopback().describe('The server, as the host reaches it.'),
    port: anyPort(5432).default(5432).describe('Its direct port, for migrations and backups.'),
    socket: value.absolutePath
      .default('/var/run/postgresql')
      .describe('The folder of its Unix socket, where its administrator is an account of the host.'),
    administrator: z
      .union([
        value.unixAccount,
        z.strictObject({
          role: roleName.describe('A role that is a superuser, connected to by address and port.'),
          password: value.secretName.describe("The name of the secret with that role's password.")
        })
      ])
      .default('postgres')
      .describe('How to be its administrator: an account of the host that the socket lets in, or a role and a secret.')
  })
  .prefault({})
  .describe('PostgreSQL.')

const pgbouncer = z
  .strictObject({
    address: loopback().describe('Where the apps reach it.'),
    port: anyPort(6432).default(6432).describe('The port that the apps connect to.'),
    config: value.absolutePath.default('/etc/pgbouncer/pgbouncer.ini').describe('Its main configuration.'),
    databases: value.absolutePath
      .default('/etc/pgbouncer/tenants.ini')
      .describe('The file with an entry for each tenant, which the main configuration includes.'),
    users: value.absolutePath
      .default('/etc/pgbouncer/userlist.txt')
      .describe('The file with the credentials of each role (its `auth_file`).'),
    pid: value.absolutePath
      .default('/var/run/postgresql/pgbouncer.pid')
      .describe('The file with its process id (its `pidfile`).')
  })
  .prefault({})
  .describe('PgBouncer.')

const acme = z
  .strictObject({
    directory: value.httpsUrl
      .default('https://acme-v02.api.letsencrypt.org/directory')
      .describe('The directory of the authority that issues certificates.'),
    email: value.email.optional().describe('Where the authority writes to when something is wrong with a certificate.'),
    ca_file: value.absolutePath
      .optional()
      .describe("A file on the host with the authority that signed the directory's own certificate, if it is private."),
    webroot: value.absolutePath
      .default('/var/lib/tenant-deploy/acme')
      .describe("The folder from which nginx answers the authority's questions."),
    certificates: value.absolutePath
      .default('/etc/tenant-deploy/certificates')
      .describe('The folder that holds a link to the certificate of each tenant.'),
    config: value.absolutePath.default('/etc/letsencrypt').describe('The folder in which certbot keeps its account.')
  })
  .prefault({})
  .describe('Certificates that are issued over ACME, for tenants with `tls: acme`.')

const observer = z
  .strictObject({
    user: observerAccount
      .default('look')
      .describe('The account that they log in to; provision makes it, and nobody else has it.'),
    keys: listOf(publicKey).describe('The public halves of their keys, each as it stands in its .pub file.')
  })
  .describe('Who may only look: doctor, previews and whoever else holds one of these keys (docs/host.md).')

/** What either the host's file or the file that it names under `from` may say. */
const settings = {
  kind: z
    .enum(['ssh', 'local'])
    .default('ssh')
    .describe('`ssh`: reached over SSH. `local`: the machine that this program itself runs on (a self-hosted runner).'),
  privilege: z
    .enum(['sudo', 'root'])
    .default('sudo')
    .describe('How to become other accounts: `sudo`, or `root` where the connecting account is root.'),
  port: anyPort(22).default(22).describe('The port of its SSH server.'),
  key_file: value.localPath
    .optional()
    .describe('The private SSH key on this machine, where it is not given in another way.'),
  http_port: anyPort(80).default(80).describe('The port on which nginx serves HTTP.'),
  listen: value.ipAddress.optional().describe('The one address on which nginx serves; without it, all of them.'),
  https_port: anyPort(443).default(443).describe('The port on which nginx serves HTTPS.'),
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
      command: value.absolutePath.default('/usr/sbin/nginx').describe('The program.'),
      group: value.unixAccount.default('www-data').describe("The group of its workers, who read the tenants' files.")
    })
    .prefault({})
    .describe('Where nginx keeps its things on this host.'),
  postgres,
  pgbouncer,
  acme,
  observer: observer.optional(),
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
    .describe('A JSON file in the repository, written by what makes the host; what is said here goes before it.'),
  shared_secrets: sharedSecrets.describe(
    'Secrets that manifests of this host may name beside those of their own prefix: secret name to a list of tenants, or `all`.'
  )
}

const title = 'A host: a server that serves tenants'

/** A host's own file, which may leave how to connect to the file that it names under `from`. */
export const hostFileSchema = z.strictObject({ ...identity, ...connection, ...settings }).meta({ title })

export type HostFile = z.output<typeof hostFileSchema>
/** A host that can be connected to. */
export type Host = HostFile &
  ({ kind: 'ssh'; address: string; user: string; host_key: string[] } | { kind: 'local'; user: string })

const connectable = rule(hostFileSchema, (host): Clash[] => {
  const needed = host.kind === 'local' ? (['user'] as const) : (['address', 'user', 'host_key'] as const)
  const absent = needed
    .filter((key) => host[key] === undefined)
    .map((key) => ({
      path: [key],
      message: `is missing: a host of the kind \`${host.kind}\` has one`,
      remedy: remedies[key]
    }))
  const isRoot = host.privilege === 'sudo' || host.user === undefined || host.user === 'root'
  return [...absent, ...(isRoot ? [] : [notRoot]), ...observerClashes(host)]
})

function observerClashes({ kind, user, observer }: HostFile): Clash[] {
  if (observer === undefined) return []
  if (kind === 'local')
    return [
      {
        path: ['observer'],
        message: 'is for a host of the kind `ssh`: nobody connects to this one with a key',
        remedy: 'remove it'
      }
    ]
  if (observer.user !== user) return []
  const message = `is ${user}, which is the account that deploys`
  return [{ path: ['observer', 'user'], message, remedy: 'choose a name that no account has yet, such as look' }]
}

const notRoot = {
  path: ['privilege'],
  message: 'is root, and the account that connects is another',
  remedy: 'write `privilege: sudo`, or `user: root`'
}

const remedies = {
  address: 'add `address`, such as web-1.example.com; or `kind: local`, if the runner runs on the host itself',
  user: 'add `user`, such as deploy',
  host_key: 'add `host_key`: on the host, `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` prints it'
}

export const hostSchema = connectable as unknown as z.ZodType<Host, z.input<typeof hostFileSchema>>

/** The file that `from` names; keys of the maker's own may stand there as well. */
export const hostConnectionSchema = z.object(
  hostFileSchema.omit({ name: true, from: true, shared_secrets: true }).shape
)
