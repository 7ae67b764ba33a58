import type { FactRequest } from '../requests.ts'
import type { HeldHost } from './host.ts'
import { exactly, held, listOf, matching, NEWER, oneOf, optional, path, whole, yes, type Shape } from './shape.ts'

type Kind = FactRequest['kind']

/** No more than the longest text that doctor asks for. */
const mostTextBytes = 64 * 1024 * 1024
/** A name in SQL; as the name of a database, psql takes anything with an equals sign for a whole connection. */
const sqlName = matching(/^[a-z][a-z0-9_]*$/, 'a name that manifests allow', 63)
const program = matching(/^\w[\w.+-]*$/, 'the name of a program', 64)
const variable = matching(/^[A-Za-z_][\w.-]*$/, 'the name of a variable', 128)
const domain = matching(/^[a-z0-9.-]+$/, 'a domain')
const urlPath = matching(/^\/[A-Za-z0-9._~@+/-]*$/, 'the path of a URL')
const password = matching(/^[^\0]*$/, 'a password', 4096)

/**
 * The fields of each kind of question, as this host lets them be asked. What tells nothing that doctor or a preview needs
 * is not among them: `connections`, `bind`, a program's version, and more than one attempt to reach an app.
 */
function shapes(host: HeldHost): Partial<Record<Kind, Shape>> {
  const { nginx, postgres, pgbouncer, inventory } = host
  const { prefix, group } = inventory.accounts
  const account = matching(/^[a-z_][a-z0-9_-]*$/, 'the name of an account', 32)
  const owned = (name: unknown) => account(name) ?? ((name as string).startsWith(prefix) ? null : "is no tenant's")
  const as = optional(owned)
  const administrator = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return "is not this host's own"
    const { password: secret, ...rest } = value as Record<string, unknown>
    const { host: address, port, account, role } = postgres.administrator
    const isOwn = JSON.stringify(rest) === JSON.stringify({ host: address, port, account, role })
    if (!isOwn) return "is not this host's own"
    return secret === null || (account === null && password(secret) === null) ? null : 'has no such password'
  }
  const user = (value: unknown) =>
    sqlName(value) ?? (value === postgres.administrator.role ? 'is the administrator of the databases' : null)
  return {
    tree: { root: path, recordedIn: path, othersOutside: optional(exactly('.tenant')), as },
    file: {
      path,
      contentUpTo: optional(whole(0, mostTextBytes)),
      env: optional(yes),
      unread: optional(yes),
      as
    },
    releases: { root: path, log: path, lane: oneOf(['app', 'marketing']), as },
    processes: { pm2Home: path, watch: optional(listOf(variable, 500)), as },
    probe: {
      port: whole(1, 65535),
      path: urlPath,
      host: domain,
      release: exactly(null),
      deadlineMs: exactly(0),
      as
    },
    nginx: { pidFile: exactly(nginx.pid), as },
    migrations: {
      host: exactly(postgres.address),
      port: exactly(postgres.port),
      database: sqlName,
      user,
      password,
      as
    },
    tools: { names: listOf(program, 20), presenceOnly: yes },
    account: { name: (name) => (name === host.account ? null : owned(name)), as },
    group: { name: exactly(group) },
    database: { administrator, database: sqlName, role: sqlName },
    pooler: {
      config: exactly(pgbouncer.config),
      databases: exactly(pgbouncer.databases),
      users: exactly(pgbouncer.users),
      pidFile: exactly(pgbouncer.pid),
      database: sqlName,
      role: sqlName
    },
    route: {
      host: exactly(pgbouncer.address),
      port: exactly(pgbouncer.port),
      database: sqlName,
      user,
      password
    },
    certificate: { certificate: path, key: path },
    capacity: { paths: listOf(oneOf(host.capacity), 20) },
    clock: {},
    lock: { path, as },
    backups: { folder: path, as },
    reboot: {},
    'nginx-test': {
      command: exactly(nginx.command),
      config: exactly(nginx.config),
      sites: exactly(nginx.sites),
      pidFile: exactly(nginx.pid)
    },
    inventory: {
      root: exactly(inventory.root),
      sites: exactly(inventory.sites),
      databases: exactly(inventory.databases),
      units: exactly(inventory.units),
      certificates: exactly(inventory.certificates),
      accounts: exactly(inventory.accounts)
    }
  }
}

/** Reads questions as this host lets them be asked, whatever else somebody wrote in them. */
export function questionsOn(host: HeldHost): (question: unknown) => FactRequest {
  const all = shapes(host)
  return (question) => {
    if (typeof question !== 'object' || question === null || Array.isArray(question))
      throw new Error('it is no question')
    const { kind, ...rest } = question as { kind?: unknown }
    const shape = typeof kind === 'string' && Object.hasOwn(all, kind) ? all[kind as Kind] : undefined
    if (shape === undefined)
      throw new Error(`no question of the kind ${JSON.stringify(kind)?.slice(0, 100)} is known here${NEWER}`)
    return { kind, ...held(rest, shape) } as unknown as FactRequest
  }
}

/** Every field of every kind, which the number of the protocol stands for. */
export function vocabulary(host: HeldHost): string[] {
  return Object.entries(shapes(host))
    .flatMap(([kind, shape]) => Object.keys(shape).map((field) => `${kind}.${field}`))
    .sort()
}
