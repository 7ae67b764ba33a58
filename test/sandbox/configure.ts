// Makes a bare host of a fresh Debian system: `node configure.ts`, as root, in a mount namespace of its own, with a
// plan as JSON on standard input.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { issue, issueCertificates } from './certificates.ts'
import { run } from './command.ts'
import type { Loan } from './loan.ts'
import type { SandboxTenant } from './manifests.ts'
import { placeTools } from './tools.ts'

export interface Plan {
  /** The frozen system that it stands on, and the folder that the new layer goes to. */
  lower: string
  layer: string
  tenants: SandboxTenant[]
  secrets: Record<string, string>
  loan: Loan
}

/** What a client of such a host needs. */
export interface Client {
  /** The private key that may log in as `deploy`. */
  key: string
  publicKey: string
  /** The fingerprint of the host's own. */
  hostKey: string
  /** In PEM, what signed the certificates of an operator's own. */
  authority: string
  secrets: Record<string, string>
}

const files: Record<string, { at: string; mode?: number }> = {
  'machine-init': { at: '/sbin/machine-init', mode: 0o755 },
  'nginx.conf': { at: '/etc/nginx/nginx.conf' },
  'pebble.json': { at: '/etc/pebble/pebble.json' },
  'pebble.service': { at: '/etc/systemd/system/pebble.service' },
  'pebble-names.service': { at: '/etc/systemd/system/pebble-names.service' },
  'sshd.conf': { at: '/etc/ssh/sshd_config.d/sandbox.conf' },
  sudoers: { at: '/etc/sudoers.d/sandbox', mode: 0o440 }
}

/** In the system itself, with the programs that it has. */
const SCRIPT = `set -eu
useradd --user-group --create-home --home-dir /home/deploy --shell /bin/bash deploy
# useradd locks the account.
usermod --password '*' deploy
install -d -m 700 -o deploy -g deploy /home/deploy/.ssh
cat >/home/deploy/.ssh/authorized_keys
chown deploy:deploy /home/deploy/.ssh/authorized_keys
chmod 600 /home/deploy/.ssh/authorized_keys
for folder in /etc/postgresql/*/main/conf.d; do install -m 644 /root/postgresql.conf "$folder/sandbox.conf"; done
rm /root/postgresql.conf
useradd --system --no-create-home --shell /usr/sbin/nologin pebble
chown pebble /etc/pebble/server.key
visudo -c -q
nginx -t -q
systemctl --quiet enable pebble
ssh-keygen -l -f /etc/ssh/ssh_host_ed25519_key.pub`

async function configure({ lower, layer, tenants, secrets, loan }: Plan): Promise<void> {
  const [root, upper, work] = ['root', 'upper', 'work'].map((name) => join(layer, name)) as [string, string, string]
  for (const folder of [root, upper, work]) mkdirSync(folder, { recursive: true, mode: 0o755 })
  await run(['mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, root])
  await placeTools(root, loan)
  for (const [name, { at, mode = 0o644 }] of Object.entries(files)) place(root, name, at, mode)
  place(root, 'postgresql.conf', '/root/postgresql.conf', 0o644)
  writeFileSync(`${root}/etc/hostname`, 'sandbox\n')
  writeFileSync(`${root}/etc/hosts`, '127.0.0.1 localhost sandbox\n::1 localhost\n')
  // Of the network that is the way out.
  writeFileSync(`${root}/etc/resolv.conf`, 'nameserver 10.0.2.3\n')
  const authority = await issueCertificates(root, tenants)
  await issue(root, ['localhost', '127.0.0.1'], '/etc/pebble/server.crt', '/etc/pebble/server.key')
  const key = join(layer, 'key')
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'tenant sandbox', '-f', key])
  const [privateKey, publicKey] = [readFileSync(key, 'utf8'), readFileSync(`${key}.pub`, 'utf8')]
  for (const file of [key, `${key}.pub`]) rmSync(file)
  const fingerprint = await run(['chroot', root, 'sh', '-c', SCRIPT], {
    input: publicKey,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  })
  const hostKey = fingerprint.trim().split('\n').at(-1)?.split(' ')[1] ?? ''
  const client: Client = { key: privateKey, publicKey, hostKey, authority, secrets }
  writeFileSync(join(layer, 'client.json'), JSON.stringify(client), { mode: 0o600 })
  await run(['umount', root])
  for (const folder of [root, work]) rmSync(folder, { recursive: true })
}

function place(root: string, name: string, at: string, mode: number): void {
  mkdirSync(dirname(root + at), { recursive: true, mode: 0o755 })
  rmSync(root + at, { force: true })
  copyFileSync(join(import.meta.dirname, 'system', name), root + at)
  chmodSync(root + at, mode)
}

process.umask(0o022)
await configure(JSON.parse(readFileSync(0, 'utf8')) as Plan)
