import { placeName, show } from './complaint.ts'
import type { Complaint } from './complaint.ts'
import type { HostFile } from './host.ts'
import { valueAt } from './source.ts'
import type { Path, Source } from './source.ts'

/** Something that only one may have. It is read from the file as it stands, so that a file with faults still counts. */
interface Claim {
  /** Completes "… is taken". */
  thing: string
  /** Where it has to be unique: a host, or everywhere. */
  within: string
  value: string | number
  path: Path
  source: Source
}

const passwordSecret = 'password secret'

const hostPorts: Record<string, (host: HostFile) => number> = {
  port: ({ port }) => port,
  http_port: ({ http_port }) => http_port,
  https_port: ({ https_port }) => https_port,
  'postgres.port': ({ postgres }) => postgres.port,
  'pgbouncer.port': ({ pgbouncer }) => pgbouncer.port
}

/** What two tenants claim at once, or a tenant and its host: one complaint at each place, which names the others. */
export function conflicts(tenants: readonly Source[], hosts: readonly HostFile[]): Complaint[] {
  const groups = new Map<string, Claim[]>()
  for (const claim of tenants.flatMap(claims)) {
    const same = JSON.stringify([claim.thing, claim.within, claim.value])
    const group = groups.get(same)
    if (group === undefined) groups.set(same, [claim])
    else group.push(claim)
  }
  const index = indexed(hosts)
  return [...groups.values()].flatMap((group) =>
    group.flatMap((claim) => [...taken(claim, group), ...atHost(claim, index)])
  )
}

function taken(claim: Claim, group: readonly Claim[]): Complaint[] {
  // The two ports of one tenant are compared where they are read.
  const others = group.filter((other) => other !== claim && !(claim.thing === 'port' && other.source === claim.source))
  if (others.length === 0) return []
  const places = others.slice(0, 3).map(place).join(', ')
  const more = others.length > 3 ? ` and ${others.length - 3} more` : ''
  // What stands there may be a password, pasted in the place of its name.
  const what = claim.thing === passwordSecret ? `the ${claim.thing}` : `${claim.thing} ${show(claim.value)}`
  const message = `${what} is taken as well by ${places}${more}`
  return [claim.source.complain(claim.path, message, remedies[claim.thing] ?? 'change one of them')]
}

const remedies: Record<string, string> = {
  port: 'choose two ports that no other tenant on this host has',
  domain: 'leave each domain in one place only',
  [passwordSecret]: 'give each tenant a database password of its own'
}

function place({ source, path }: Claim): string {
  return placeName(source.complain(path, '', ''))
}

/** Hosts by name and by the secret of their administrator's password: a fleet may have thousands of each. */
interface Hosts {
  byName: Map<string, HostFile>
  byPassword: Map<string, HostFile>
}

function indexed(hosts: readonly HostFile[]): Hosts {
  const byPassword = hosts.flatMap((host) => {
    const { administrator } = host.postgres
    return typeof administrator === 'string' ? [] : [[administrator.password, host] as const]
  })
  // The first of several is the one that is named.
  return { byName: new Map(hosts.map((host) => [host.name, host])), byPassword: new Map(byPassword.toReversed()) }
}

function atHost(claim: Claim, hosts: Hosts): Complaint[] {
  if (claim.thing === 'role') return asAdministrator(claim, hosts)
  if (claim.thing === passwordSecret) return withItsPassword(claim, hosts)
  if (claim.thing !== 'port') return []
  const host = hosts.byName.get(claim.within)
  const key = host && Object.keys(hostPorts).find((candidate) => hostPorts[candidate]!(host) === claim.value)
  if (!key) return []
  const message = `port ${claim.value} is the \`${key}\` of the host in tenants/hosts/${host.name}.yml`
  return [claim.source.complain(claim.path, message, 'choose another port')]
}

/** Provision would take its rights away from it, and give it to the tenant. */
function asAdministrator(claim: Claim, { byName }: Hosts): Complaint[] {
  const host = byName.get(claim.within)
  if (!host) return []
  const { administrator } = host.postgres
  if ((typeof administrator === 'string' ? administrator : administrator.role) !== claim.value) return []
  const message = `role ${show(claim.value)} is the administrator of the databases in tenants/hosts/${host.name}.yml`
  return [claim.source.complain(claim.path, message, 'choose another role')]
}

/** A tenant's app knows its own password. */
function withItsPassword(claim: Claim, { byPassword }: Hosts): Complaint[] {
  const host = typeof claim.value === 'string' ? byPassword.get(claim.value) : undefined
  if (!host) return []
  const message = `the password secret is that of the databases' administrator in tenants/hosts/${host.name}.yml`
  return [claim.source.complain(claim.path, message, 'give the tenant a database password of its own')]
}

function claims(source: Source): Claim[] {
  const host = valueAt(source.data, ['host'])
  const within = typeof host === 'string' ? host : ''
  const found: Claim[] = []

  function claim(thing: string, scope: string, path: Path): void {
    const value = valueAt(source.data, path)
    if (typeof value === 'string' || typeof value === 'number')
      found.push({ thing, within: scope, value, path, source })
  }

  claim('port', within, ['app', 'ports', 0])
  claim('port', within, ['app', 'ports', 1])
  claim('database', within, ['database', 'name'])
  claim('role', within, ['database', 'role'])
  claim(passwordSecret, '', ['database', 'password'])
  for (const lane of ['app', 'marketing']) {
    claim('domain', '', [lane, 'domain'])
    const redirects = valueAt(source.data, [lane, 'redirects'])
    if (Array.isArray(redirects)) redirects.forEach((_, index) => claim('domain', '', [lane, 'redirects', index]))
  }
  return found
}
