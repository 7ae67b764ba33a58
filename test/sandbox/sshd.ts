import { mkdirSync, writeFileSync } from 'node:fs'
import { run } from './command.ts'
import type { Traces } from './traces.ts'

const folder = '/etc/ssh/tenant-sandbox'
const log = '/var/log/tenant-sandbox-sshd.log'

const configuration = (port: number) => `ListenAddress 127.0.0.1:${port}
HostKey ${folder}/host_ed25519
PidFile /run/tenant-sandbox-sshd.pid
UsePAM no
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
AuthorizedKeysFile .ssh/authorized_keys
AllowTcpForwarding yes
UseDNS no
Subsystem sftp internal-sftp
`

/** Starts sshd with a host key of its own; answers that key's fingerprint. */
export async function startSshd(port: number, traces: Traces): Promise<string> {
  for (const path of [folder, log]) traces.path(path)
  mkdirSync(folder, { recursive: true })
  // sshd puts its unprivileged part in there.
  traces.folder('/run/sshd')
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'tenant sandbox', '-f', `${folder}/host_ed25519`])
  writeFileSync(`${folder}/sshd_config`, configuration(port))
  traces.service('/run/tenant-sandbox-sshd.pid')
  await run(['/usr/sbin/sshd', '-f', `${folder}/sshd_config`, '-E', log])
  const line = await run(['ssh-keygen', '-l', '-f', `${folder}/host_ed25519.pub`])
  return line.split(' ')[1] ?? ''
}
