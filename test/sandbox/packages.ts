import { existsSync } from 'node:fs'
import { TenantError } from '../../src/errors.ts'
import { asRoot, runToEnd } from './command.ts'

/** Debian's packages that make machines and reach them, each with a file that it alone brings. */
const needed: [packageName: string, file: string][] = [
  ['systemd-container', '/usr/bin/systemd-nspawn'],
  ['mmdebstrap', '/usr/bin/mmdebstrap'],
  ['debian-archive-keyring', '/usr/share/keyrings/debian-archive-keyring.gpg'],
  ['slirp4netns', '/usr/bin/slirp4netns'],
  ['iproute2', '/usr/bin/ip'],
  ['procps', '/usr/bin/pgrep'],
  ['openssh-client', '/usr/bin/ssh-keygen'],
  ['rsync', '/usr/bin/rsync'],
  ['sudo', '/usr/bin/sudo'],
  ['util-linux', '/usr/bin/nsenter'],
  ['mount', '/usr/bin/mount'],
  ['openssl', '/usr/bin/openssl'],
  ['git', '/usr/bin/git'],
  ['ca-certificates', '/etc/ssl/certs/ca-certificates.crt']
]

function missingPackages(): string[] {
  return needed.filter(([, file]) => !existsSync(file)).map(([name]) => name)
}

/**
 * One shell does it all, so that what it put in place goes away even if we are killed meanwhile. Package scripts ask
 * policy-rc.d whether they may start their services: 101 says no. unattended-upgrades may hold the lock on a machine
 * that has just started; the lists of packages are missing on a new one, or too old for the mirror.
 */
const installScript = `
set -u
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > $policy
  chmod 755 $policy
fi
get() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends "$@"; }
get install "$@" || { get update && get install "$@"; }
`

async function notPackaged(names: string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => runToEnd(['apt-cache', '--quiet', 'show', name])))
  return names.filter((_, index) => found[index]?.code !== 0)
}

const filesOf = (names: string[]) => needed.filter(([name]) => names.includes(name)).map(([, file]) => file)

/** Installs by apt those system packages that are missing, and says in one line which. */
export async function installPackages(say: (line: string) => void): Promise<void> {
  const missing = missingPackages()
  if (missing.length === 0) return
  const list = missing.join(' ')
  if (!existsSync('/usr/bin/apt-get')) {
    throw new TenantError('tool-missing', `this machine has no apt, and lacks: ${list}`, {
      remedy: 'install them, or use a Debian or Ubuntu machine'
    })
  }
  say(`installing system packages by apt: ${list}`)
  const installed = await runToEnd(asRoot(['sh', '-c', installScript, 'sh', ...missing]))
  if (installed.code === 0) return
  const unknown = await notPackaged(missing)
  if (unknown.length > 0) {
    throw new TenantError('tool-missing', `this machine's distribution has no package: ${unknown.join(', ')}`, {
      remedy: 'use Debian 12 or newer, or put the programs where Debian has them: ' + filesOf(unknown).join(', ')
    })
  }
  throw new TenantError('tool-missing', `apt could not install: ${list}`, {
    remedy: `install them by hand: apt-get install ${list}`,
    log: `${installed.stdout}${installed.stderr}`.trim().slice(-4000)
  })
}
