import { execFileSync } from 'node:child_process'
import type { LaneName } from '../../src/report/report.ts'
import type { World } from './world.ts'

/** What is true on the host for one tenant, looked at from beside the program. */
export interface OnHost {
  root: string
  account: string
  /** The releases that `current` names, the processes, and the sites: everything that decides what visitors see. */
  live(): Promise<Live>
  releases(lane: LaneName): Promise<string[]>
  /** Process ids of nginx' workers: a reload replaces every one of them. */
  workers(): Promise<string[]>
  /** Runs PM2's own command as the tenant. */
  pm2(...words: string[]): Promise<string>
  /** Asks the tenant's database as its superuser; a line for each row, columns divided by `|`. */
  sql(query: string): Promise<string[]>
  /** Runs a command on the host that must succeed, and answers with what it printed. */
  must(argv: string[]): Promise<string>
  /** Removes the releases that are not live, so that there is nothing to go back to. */
  forgetOldReleases(): Promise<void>
  /** Takes everything of the tenant's away again: files, processes, sites and tables. */
  forgetAll(): Promise<void>
}

export interface Live {
  current: Record<LaneName, string | null>
  processes: Process[]
  sites: string
}

export interface Process {
  name: string
  pid: number
  status: string
  port: number
}

interface Pm2Process {
  name: string
  pid: number
  pm2_env: { status: string; PORT: string }
}

export function onHost(world: World, tenant: string): OnHost {
  const root = `/srv/tenants/${tenant}`
  const records = `/var/lib/tenant-deploy/records/${tenant}`
  const account = `tenant-${tenant}`
  const sites = `/etc/nginx/tenants.d/${tenant}-*.conf`
  const must = async (argv: string[], as?: string) => {
    const finished = await world.exec(argv, as === undefined ? {} : { as })
    if (finished.code !== 0) throw new Error(`${argv.join(' ')}: ${finished.stderr}`)
    return finished.stdout
  }
  const sh = (script: string, ...args: string[]) => must(['sh', '-c', script, 'sh', ...args])
  const pm2 = (...words: string[]) => must(['env', `PM2_HOME=${root}/pm2`, 'pm2', ...words], account)
  const sql = async (query: string) => {
    const connection = ['-h', '/run/postgresql', '-p', String(world.host.postgres.port), tenant]
    return lines(await must(['psql', '-qXAt', '-v', 'ON_ERROR_STOP=1', '-c', query, ...connection], 'postgres'))
  }
  const current = async (lane: LaneName) => {
    const target = lines(await sh('readlink -- "$1" || :', `${root}/${lane}/current`))[0]
    return target?.replace(/^releases\//, '') ?? null
  }
  const processes = async () => {
    const printed = await pm2('jlist')
    const list = JSON.parse(printed.slice(printed.search(/\[(\{|\])/))) as Pm2Process[]
    return list.map(({ name, pid, pm2_env }) => ({ name, pid, status: pm2_env.status, port: Number(pm2_env.PORT) }))
  }
  return {
    root,
    account,
    sql,
    pm2,
    must: (argv) => must(argv),
    live: async () => ({
      current: { app: await current('app'), marketing: await current('marketing') },
      processes: await processes(),
      sites: await sh(`for file in ${sites}; do if [ -e "$file" ]; then cat -- "$file"; fi; done`)
    }),
    releases: async (lane) => lines(await sh('ls -A -- "$1"', `${root}/${lane}/releases`)),
    workers: async () => lines(await sh('pgrep -P "$(cat /run/nginx.pid)" | sort')),
    async forgetOldReleases() {
      for (const lane of ['app', 'marketing'])
        await sh(
          `cd -- "$1" && live=$(basename -- "$(readlink current)")
for release in releases/*; do if [ "$release" != "releases/$live" ]; then rm -rf -- "$release"; fi; done`,
          `${root}/${lane}`
        )
    },
    async forgetAll() {
      await pm2('kill')
      await sh(
        `rm -rf -- "$1"/*/current "$1"/*/releases/* "$1"/app/shared/* "$2"/* ${sites}\nnginx -s reload`,
        root,
        records
      )
      await sql('drop table if exists bookings, tenant_migrations')
    }
  }
}

/** Puts the repository back as it was committed. */
export function restore(world: World): void {
  const git = (...words: string[]) => execFileSync('git', ['-C', world.repository.path, ...words])
  git('checkout', '--quiet', '--', '.')
  git('clean', '--quiet', '--force', '-d')
}

/** Replaces one piece of text in a file of the repository, which has to be there. */
export function edit(world: World, path: string, from: string, to: string): void {
  const text = world.repository.read(path)
  if (!text.includes(from)) throw new Error(`${path} does not hold ${JSON.stringify(from)}`)
  world.repository.write(
    path,
    text.replace(from, () => to)
  )
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
