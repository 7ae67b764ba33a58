import { setTimeout as sleep } from 'node:timers/promises'
import { TenantError } from '../errors.ts'
import { mustExecute, tail } from '../remote/execute.ts'
import type { SiteChange } from '../report/report.ts'
import { siteDiff } from '../resources/site-diff.ts'
import { keeper, type Shipment } from './shipment.ts'

const NGINX_MS = 30_000
/** What our check answers with when nginx itself says no. */
const REFUSED = 99
/** How long nginx may take to replace its workers after a reload, in ms. */
const RELOAD_MS = 10_000

/**
 * Has nginx check the whole configuration with this site in it, before the site is put in place: a copy of the
 * main file stands beside it, in which the folder of sites is spelled out with the candidate instead.
 */
export async function checkSite(shipment: Shipment, path: string, text: string): Promise<void> {
  const { nginx } = shipment.host
  const sudo = asRoot(shipment).join(' ')
  const mayRun = `${sudo} -l "$5" -t -q -c "$4" >/dev/null || { echo "sudo does not let this account run: $5 -t -q -c $4" >&2; exit 3; }`
  const result = await shipment.remote.execute(
    {
      script: `exec 9<"$2"; flock 9
trap 'rm -f -- "$1.candidate" "$2/.check"' EXIT
umask 022
cat >"$1.candidate"
{ for f in "$2"/*.conf; do [ -e "$f" ] && [ "$f" != "$1" ] && printf 'include %s;\\n' "$f"; done; printf 'include %s;\\n' "$1.candidate"; } >"$2/.check"
grep -Fq "include $2/*.conf;" "$3" || { echo "$3 has no line: include $2/*.conf;" >&2; exit 3; }
awk -v line="include $2/*.conf;" -v sites="$2/.check" '{ at = index($0, line); if (at) { print substr($0, 1, at - 1); while ((getline site < sites) > 0) print site; print substr($0, at + length(line)) } else print }' "$3" >"$4"
${sudo === '' ? '' : mayRun}
${sudo} "$5" -t -q -c "$4" || exit ${REFUSED}`,
      args: [path, nginx.sites, nginx.config, nginx.check, nginx.command],
      needs: ['flock', nginx.command]
    },
    { as: keeper(shipment), step: 'check the nginx site', deadlineMs: NGINX_MS, input: text }
  )
  if (result.code === 0) return
  if (result.code !== REFUSED) {
    throw new TenantError('nginx', 'the site could not be checked', {
      where: path,
      remedy: 'put right what the host says; the site that is live was not touched',
      log: tail(result.stderr)
    })
  }
  throw new TenantError('nginx', 'nginx does not accept the site', {
    where: path,
    remedy: 'correct templates/nginx or what the manifest puts into it; the site that is live was not touched',
    log: tail(result.stderr)
  })
}

/** What stands before a command of nginx: rules of sudo for exactly these are all that the account needs. */
function asRoot(shipment: Shipment): string[] {
  return keeper(shipment) === 'root' ? [] : ['sudo', '-n']
}

/**
 * Puts the site in place and reloads nginx. Where the reload fails, the site that was there is put back.
 * @param setAside called when `putBackSite` can bring back what was there before
 */
export async function placeSite(
  shipment: Shipment,
  path: string,
  text: string,
  setAside: () => void = () => {}
): Promise<void> {
  // An empty one stands for no site.
  await atSite(shipment, path, 'umask 022\nif [ -e "$1" ]; then cp -- "$1" "$1.before"; else : >"$1.before"; fi')
  setAside()
  try {
    await atSite(shipment, path, 'umask 022\ncat >"$1.new"\nmv -f -- "$1.new" "$1"', text)
    await reload(shipment)
  } catch (thrown) {
    await putBackSite(shipment, path)
    throw thrown
  }
}

/**
 * Puts back the site that was there before `placeSite`, or none where there was none; once. The host keeps it, and no text
 * that a collector with the tenant's rights has answered becomes a site.
 */
export async function putBackSite(shipment: Shipment, path: string): Promise<void> {
  await atSite(
    shipment,
    path,
    'if [ -s "$1.before" ]; then mv -f -- "$1.before" "$1"; elif [ -e "$1.before" ]; then rm -f -- "$1" "$1.before"; fi'
  )
  await reload(shipment)
}

export function siteChange(path: string, live: string | null, desired: string): SiteChange {
  return { path, changed: live !== desired, reloaded: false, diff: siteDiff(path, live, desired) }
}

async function atSite(shipment: Shipment, path: string, script: string, input = ''): Promise<void> {
  const options = { as: keeper(shipment), step: `write ${path}`, deadlineMs: NGINX_MS, input }
  await mustExecute(shipment.remote, { script, args: [path] }, options)
}

/** `nginx -s reload` only sends a signal: whether nginx took the configuration shows in its workers, which are then new. */
async function reload(shipment: Shipment): Promise<void> {
  const { nginx } = shipment.host
  const before = new Set((await workers(shipment)).map(({ pid }) => pid))
  const result = await shipment.remote.execute(
    { words: [...asRoot(shipment), nginx.command, '-s', 'reload'] },
    { as: keeper(shipment), step: 'reload nginx', deadlineMs: NGINX_MS }
  )
  const failed = (what: string, log: string) =>
    new TenantError('nginx', what, {
      where: shipment.remote.name,
      remedy: "look at nginx' error log on the host; the site that was live is put back",
      log
    })
  if (result.code !== 0) throw failed('nginx could not be reloaded', tail(result.stderr))
  const until = Date.now() + RELOAD_MS
  for (;;) {
    const now = await workers(shipment)
    if (now.length > 0 && now.every(({ pid }) => !before.has(pid))) return
    if (Date.now() > until) throw failed('nginx did not take the new configuration: its old workers still serve', '')
    await sleep(100)
  }
}

async function workers(shipment: Shipment): Promise<{ pid: number }[]> {
  const { nginx } = await shipment.remote.gather({ nginx: { kind: 'nginx', pidFile: shipment.host.nginx.pid } })
  if (!nginx.ok)
    throw new TenantError('host-answer', `could not look at nginx: ${nginx.cause}`, {
      where: shipment.remote.name,
      remedy: 'put right what the host says'
    })
  if (!nginx.fact.running)
    throw new TenantError('nginx', 'nginx is not running', {
      where: shipment.remote.name,
      remedy: 'start it on the host: systemctl start nginx'
    })
  return nginx.fact.workers
}
