import { asRoot } from './command.ts'
import type { SandboxHost } from './host-file.ts'

const environment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'LANG=C.UTF-8',
  `TERM=${process.env.TERM ?? 'dumb'}`
]

/** The command line that runs a command on the host, as root or as another account of it. */
export function insideCommand(host: SandboxHost, argv: string[], as?: string): string[] {
  const enter =
    host.inside === null
      ? ['env', '--chdir=/']
      : ['nsenter', `--target=${host.inside}`, '--mount', '--pid', '--ipc', '--root', '--wd', 'env']
  const become = as === undefined ? [] : ['sudo', '-n', '-H', '-u', as, '--']
  return asRoot([...enter, '-i', ...environment, ...become, ...argv])
}
