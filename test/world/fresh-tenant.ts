import { readFileSync, writeFileSync } from 'node:fs'
import { somePorts } from './ports.ts'
import { onHost, restore, type OnHost } from './on-host.ts'
import { tinyApp, writeTinyApp } from './tiny-app.ts'
import type { Ran, Running, World } from './world.ts'

/** A tenant that the repository had not heard of, and the host neither. */
export interface FreshTenant extends OnHost {
  name: string
  /** Its manifest, in the repository. */
  file: string
  /** What its role logs in with; empty for one without an app. */
  password: string
  /** `provision` of it, with the report. */
  provision(...words: string[]): Promise<Ran>
  deploy(...words: string[]): Promise<Ran>
  start(...words: string[]): Running
  /** Changes a secret, as whoever keeps the repository's secrets does; `undefined` removes it. */
  setSecret(name: string, value: string | undefined): void
  /** Takes everything of it off the host, once what was begun there has ended. */
  remove(): Promise<void>
  /** Removes it from the host, and puts the repository and the secrets back. */
  forget(): Promise<void>
}

export const secretNames = (name: string) => ({
  password: `${name.toUpperCase()}_DATABASE_PASSWORD`,
  session: `${name.toUpperCase()}_SESSION_SECRET`
})

/** What a tenant has for itself, where nobody chooses: two ports, and the folder of its app in the repository. */
export interface Own {
  ports: number[]
  source: string
}

const app = (name: string, { ports, source }: Own) => `database:
  name: ${name}
  role: ${name}
  password: ${secretNames(name).password}

app:
  domain: booking.${name}.test
  redirects: [book.${name}.test]
  source: ${source}
  ports: [${ports.join(', ')}]
  install: npm ci --no-audit --no-fund
  build: npm run build
  start: node server.js
  secrets:
    SESSION_SECRET: ${secretNames(name).session}

`

const marketing = (name: string) => `marketing:
  domain: www.${name}.test
  redirects: [${name}.test]
  source: test/${name}-site
`

/** Without ports there is neither an app nor a database. */
export const freshManifest = (name: string, host: string, ports: number[] | null, source = tinyApp) =>
  `name: ${name}\nhost: ${host}\n\ntls: acme\n\n${ports === null ? '' : app(name, { ports, source })}${marketing(name)}`

export const freshSite = (name: string) => `<!DOCTYPE html><title>${name}</title><h1>This is ${name}</h1>\n`

/** Writes a tenant into the repository, with a certificate over ACME; a `site` has neither an app nor a database. */
export async function freshTenant(
  world: World,
  name: string,
  kind: 'app' | 'site' = 'app',
  own?: Own
): Promise<FreshTenant> {
  const { repository, host } = world
  const before = readFileSync(host.secrets_file, 'utf8')
  const file = `tenants/${name}/tenant.yml`
  const ports = kind === 'app' ? (own?.ports ?? (await portsFor(world))) : null
  repository.write(file, freshManifest(name, 'sandbox', ports, own?.source))
  repository.write(`test/${name}-site/index.html`, freshSite(name))
  writeTinyApp(repository, own?.source)
  const setSecret = (secret: string, value: string | undefined) => {
    const all = { ...(JSON.parse(readFileSync(host.secrets_file, 'utf8')) as Record<string, string>), [secret]: value }
    writeFileSync(host.secrets_file, `${JSON.stringify(all, undefined, 2)}\n`)
  }
  const password = kind === 'app' ? `of ${name}: "quoted" & 100% $HOME` : ''
  if (kind === 'app') {
    setSecret(secretNames(name).password, password)
    setSecret(secretNames(name).session, `session of ${name}`)
  }
  const there = onHost(world, name)
  const remove = async () => {
    await there.must(['sh', '-ec', REMOVE, 'sh', name, String(host.postgres.port), host.pgbouncer.pid])
  }
  return {
    ...there,
    name,
    file,
    password,
    provision: (...words) => world.tenant(['provision', name, '--json', ...words]),
    deploy: (...words) => world.tenant(['deploy', name, '--json', ...words]),
    start: (...words) => world.start([...words, '--json']),
    setSecret,
    remove,
    async forget() {
      await remove()
      restore(world)
      writeFileSync(host.secrets_file, before)
    }
  }
}

async function portsFor({ repository }: World): Promise<number[]> {
  const taken = ['yourbrand', 'otherbrand'].map((tenant) => repository.read(`tenants/${tenant}/tenant.yml`)).join()
  const ports = await somePorts(2)
  return ports.some((port) => taken.includes(String(port))) ? portsFor({ repository } as World) : ports
}

/** Commands that a run began on the host and did not see the end of; each begins with this text. */
const UNDER_WAY = `'[I]FS= read -r s; eval'`

export const SETTLE = `tries=0
while pgrep -f ${UNDER_WAY} >/dev/null; do
  tries=$((tries + 1))
  [ $tries -lt 1200 ] || { echo 'a command of a run does not end' >&2; exit 1; }
  sleep 0.1
done
`

const REMOVE = `${SETTLE}
name=$1 account=tenant-$1
tree() { pgrep -u "$account" || [ $? -eq 1 ]; }
if id "$account" >/dev/null 2>&1; then
  while [ -n "$(tree)" ]; do kill -KILL $(tree) 2>/dev/null || :; sleep 0.1; done
  userdel --force "$account"
fi
rm -f /etc/nginx/tenants.d/"$name"-*.conf /etc/nginx/tenants.d/"$name"-*.conf.before
nginx -s reload
rm -rf "/srv/tenants/$name" "/var/lib/tenant-deploy/records/$name" "/etc/systemd/system/multi-user.target.wants/tenant@$name.service"
rm -f /var/log/nginx/"$name"-*.log
rm -rf "/etc/tenant-deploy/certificates/$name" "/etc/tenant-deploy/certificates/.placeholder/$name"
for part in live archive renewal; do rm -rf "/etc/letsencrypt/$part/tenant-$name" "/etc/letsencrypt/$part/tenant-$name.conf"; done
for file in /etc/pgbouncer/tenants.ini /etc/pgbouncer/userlist.txt; do
  [ ! -e "$file" ] || sed -i --follow-symlinks -E "/^\\"?$name\\"? /d" "$file"
done
[ ! -e "$3" ] || kill -HUP "$(cat "$3")"
sudo -u postgres psql -qX -v ON_ERROR_STOP=1 -h /run/postgresql -p "$2" <<END
SET client_min_messages = error;
DROP DATABASE IF EXISTS $name WITH (FORCE);
DROP ROLE IF EXISTS $name;
END
`
