import { TenantError } from '../../src/errors.ts'
import { asRoot } from './command.ts'
import { firstProcessOf, isRunning, type ProcessIdentity } from './processes.ts'

const environment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'USER=root',
  'LOGNAME=root',
  'LANG=C.UTF-8',
  `TERM=${process.env.TERM ?? 'dumb'}`
]

/** Of each machine, by the number of the process that runs it, the last one that was seen. */
const first = new Map<number, ProcessIdentity>()

/** The command line that runs a command on a machine, as root or as another account of it. */
export function insideCommand(machine: ProcessIdentity, argv: string[], as?: string): string[] {
  const known = first.get(machine.pid)
  const target = known !== undefined && isRunning(known) ? known : firstProcessOf(machine)
  if (target === undefined) {
    throw new TenantError('command', 'the sandbox is not up', { remedy: 'npm run sandbox -- up' })
  }
  first.set(machine.pid, target)
  const become = as === undefined ? [] : ['sudo', '-n', '-H', '-u', as, '--']
  return asRoot([
    ...['nsenter', `--target=${target.pid}`, '--all', 'env', '--chdir=/', '-i'],
    ...environment,
    ...become,
    ...argv
  ])
}
