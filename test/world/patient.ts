import type { DoctorReport } from '../../src/report/doctor-report.ts'
import { freshTenant, type FreshTenant, type Own } from './fresh-tenant.ts'
import { edit, restore } from './on-host.ts'
import type { World } from './world.ts'

/** What doctor said of it. */
export interface Examination {
  code: number
  report: DoctorReport
  stdout: string
  stderr: string
}

/** A deployed tenant that has everything that doctor looks at, for tests that do it harm. */
export interface Patient extends FreshTenant {
  world: World
  /** The folder of its app, in the repository. */
  source: string
  /** The folders of the live releases. */
  app: string
  marketing: string
  examine(words?: string[], env?: Record<string, string>): Promise<Examination>
  /** Runs lines of sh on the host, as root; they must succeed. Answers with what they printed. */
  sh(script: string, ...args: string[]): Promise<string>
  /** The same as the tenant's account. */
  own(script: string, ...args: string[]): Promise<string>
  read(path: string): Promise<string>
  /** Writes a file of the host as it stands, so that its owner and mode stay. */
  write(path: string, text: string): Promise<void>
  /** Has nginx read its files again, and answers once the old workers are gone. */
  reloadNginx(): Promise<void>
  /** The id of a live release. */
  release(lane: 'app' | 'marketing'): Promise<string>
  /** Provisions and deploys it. */
  settle(): Promise<void>
  /** Changes the repository's files back to what was deployed at first. */
  restore(): void
  /** By the commands alone, whatever was done to it. */
  recover(): Promise<void>
}

const MORE_OF_APP = `  env:
    MARKETING_ORIGIN: https://www.NAME.test
  headers:
    Permissions-Policy: geolocation=()
  assets: [/logo.svg]
  drain_seconds: 1
  health_seconds: 20
`
const MORE_OF_MARKETING = `  widget:
    file: public/widget/booking.js
    to: assets/booking.js
    api: /api/bookings
  headers:
    X-Frame-Options: DENY
  assets: [/assets/logo.svg]
`
const PAGE = `<!DOCTYPE html><title>NAME</title><link rel="stylesheet" href="/assets/site.css">
<h1>This is NAME</h1><img src="/assets/logo.svg" alt=""><script src="/assets/booking.js"></script>
`
const LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>\n'

/** Writes one into the repository, and no more; where it is deployed already it is the same one again. */
export async function patient(world: World, name: string, own: Own): Promise<Patient> {
  const { repository } = world
  const tenant = await freshTenant(world, name, 'app', own)
  const { source } = own
  const named = (text: string) => text.replaceAll('NAME', name)
  edit(world, tenant.file, '\nmarketing:\n', `${named(MORE_OF_APP)}\nmarketing:\n`)
  repository.write(tenant.file, `${repository.read(tenant.file).replace('\n\n  env:', '\n  env:')}${MORE_OF_MARKETING}`)
  repository.write(`test/${name}-site/index.html`, named(PAGE))
  repository.write(`test/${name}-site/about.html`, named('<!DOCTYPE html><title>About NAME</title>\n'))
  repository.write(`test/${name}-site/assets/site.css`, 'h1 { color: teal }\n')
  repository.write(`test/${name}-site/assets/logo.svg`, LOGO)
  repository.write(`${source}/public/logo.svg`, LOGO)

  const { must, root, account, provision, deploy } = tenant
  const sh = (script: string, ...args: string[]) => must(['sh', '-ec', script, 'sh', ...args])
  const succeeds = async (run: typeof deploy) => {
    const ran = await run()
    if (ran.code > 1) throw new Error(`${name} could not be made: ${ran.stdout}${ran.stderr}`)
  }
  return {
    ...tenant,
    world,
    source,
    sh,
    app: `${root}/app/current`,
    marketing: `${root}/marketing/current`,
    async examine(words = [name], env = {}) {
      const { code, stdout, stderr } = await world.tenant(['doctor', ...words, '--json'], { env })
      if (!stdout.startsWith('{')) throw new Error(`doctor gave no report: ${stdout}${stderr}`)
      return { code, stdout, stderr, report: JSON.parse(stdout) as DoctorReport }
    },
    async own(script, ...args) {
      const { code, stdout, stderr } = await world.exec(['sh', '-ec', script, 'sh', ...args], { as: account })
      if (code !== 0) throw new Error(`${script}: ${stderr}`)
      return stdout
    },
    read: (path) => must(['cat', '--', path]),
    async write(path, text) {
      const { code, stderr } = await world.exec(['sh', '-c', 'cat >"$1"', 'sh', path], { input: text })
      if (code !== 0) throw new Error(stderr)
    },
    reloadNginx: async () => void (await sh(RELOAD)),
    release: async (lane) => (await sh('basename -- "$(readlink -- "$1")"', `${root}/${lane}/current`)).trim(),
    restore: () => restore(world),
    settle: () => succeeds(deploy),
    async recover() {
      restore(world)
      await sh(RUNNING)
      await succeeds(provision)
      await succeeds(deploy)
      await sh(RELOAD)
    }
  }
}

/** Until all workers of before are gone. */
const RELOAD = `old=$(pgrep -P "$(cat /run/nginx.pid)")
nginx -s reload
for each in $(seq 200); do
  left=
  for pid in $old; do if [ -e "/proc/$pid" ]; then left=yes; fi; done
  [ -n "$left" ] || exit 0
  sleep 0.05
done
echo 'old workers of nginx do not end' >&2
exit 1`

/** nginx, where it does not run. */
const RUNNING = 'systemctl start nginx'
