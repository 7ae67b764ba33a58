import type { FactsOf } from '../resource.ts'
import type { FileRequest, ToolsRequest } from '../../facts/requests.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { judged, type Change, type Managed } from '../resource.ts'
import { rootChange } from './root-change.ts'

type Q = { tools: ToolsRequest; nginx: FileRequest }

const INSTALL_MS = 600_000
/** Where the package puts it. */
const NGINX = '/usr/sbin/nginx'

/** The programs that provision and deploys need; Node.js and npm are there before: the questions are asked with them. */
export function packagesResource(host: Host, tenant: Tenant): Managed<Q> {
  const { command } = host.nginx
  const names = [
    ...['rsync', 'flock', 'openssl'],
    ...(tenant.app === undefined ? [] : ['psql', 'pg_dump', 'pgbouncer', 'pm2']),
    ...(tenant.tls === 'acme' ? ['certbot'] : []),
    // Where root connects, nothing else needs it.
    ...(host.observer === undefined ? [] : ['sudo'])
  ]
  return {
    address: 'host.packages',
    requests: {
      tools: { kind: 'tools', names, presenceOnly: true },
      // Wherever this host has it, which need not be among the folders for programs.
      nginx: { kind: 'file', path: command, unread: true }
    },
    remedy: `put nginx at ${command}, or say under nginx.command in the host's file where it is; only ${NGINX} is what apt brings`,
    compare(facts) {
      return judged(absentOf(facts).map((name) => ({ attribute: name, expected: 'installed', actual: 'missing' })))
    },
    changes(facts) {
      const absent = absentOf(facts)
      const byApt = absent.filter((name) => name !== 'pm2' && !name.startsWith('/'))
      const packages = [...new Set(byApt.map((name) => packageOf(name, host)))]
      return [...(packages.length === 0 ? [] : [apt(packages)]), ...(absent.includes('pm2') ? [pm2] : [])]
    }
  }

  /** By name, and nginx by its path where that is not the package's. */
  function absentOf({ tools, nginx }: FactsOf<Q>): string[] {
    const own = command === NGINX ? 'nginx' : command
    return [...(nginx.exists ? [] : [own]), ...names.filter((name) => (tools[name] ?? null) === null)]
  }
}

/** The package of Debian and Ubuntu; the server comes along where its administrator is an account of the host. */
function packageOf(program: string, host: Host): string {
  if (program === 'flock') return 'util-linux'
  if (program !== 'psql' && program !== 'pg_dump') return program
  return typeof host.postgres.administrator === 'string' ? 'postgresql' : 'postgresql-client'
}

/** An installation takes its time, and nothing but another one waits for it. */
const inTurn = { queue: 'packages', mostMs: INSTALL_MS } as const

/** What an installation before was cut off in is finished first. The lists of packages are only fetched where they are too old. */
function apt(packages: string[]): Change {
  return rootChange(`install ${packages.join(', ')}`, {
    script: `export DEBIAN_FRONTEND=noninteractive
get() { apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null 9>&-; }
dpkg --configure -a </dev/null 9>&-
get --no-install-recommends install "$@" || { get update; get --no-install-recommends install "$@"; }`,
    args: packages,
    needs: ['apt-get', 'dpkg'],
    ...inTurn
  })
}

const pm2 = rootChange('install pm2', {
  script: 'npm install --global --no-audit --no-fund pm2@7 </dev/null 9>&-',
  needs: ['npm'],
  ...inTurn
})
