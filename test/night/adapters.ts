import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Connection, type ConnectionOptions } from '../../src/remote/connection.ts'
import { openTransport } from '../../src/remote/open.ts'
import { insideCommand } from '../sandbox/inside.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { sshOptions } from '../world/remote.ts'
import type { World } from '../world/world.ts'

export interface Adapter {
  name: string
  user: string
  privilege: 'sudo' | 'root'
  connect(otherwise?: Partial<ConnectionOptions>): Promise<Connection>
}

/** The ways to the one sandbox. */
export function adaptersTo(world: World): Adapter[] {
  const collector = readFileSync(join(checkout, 'dist/collector/index.js'), 'utf8')
  const ssh = () => openTransport({ kind: 'ssh', ...sshOptions(world) })
  // By a shell of the sandbox in place of this machine's own.
  const local = (as?: string) => {
    const shell = insideCommand(world.host.machine.process, ['/bin/sh', '-c'], as)
    return openTransport({ kind: 'local', user: userInfo().username, shell })
  }
  const adapter = (name: string, user: string, privilege: 'sudo' | 'root', open: typeof ssh): Adapter => ({
    name,
    user,
    privilege,
    connect: async (otherwise = {}) => {
      const signal = new AbortController().signal
      return new Connection(await open(), { path: [], collector, signal, user, privilege, ...otherwise })
    }
  })
  return [
    adapter('ssh', 'deploy', 'sudo', ssh),
    adapter('this machine', 'deploy', 'sudo', () => local('deploy')),
    adapter('this machine, as root', 'root', 'root', () => local())
  ]
}

/** Runs a command on the host that must succeed; answers its standard output. */
export async function must(world: World, argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await world.exec(argv)
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  return stdout
}

export async function isRunning(world: World, command: string): Promise<boolean> {
  return (await must(world, ['ps', '-eo', 'args'])).split('\n').includes(command)
}
