import type { World } from '../world/world.ts'

/** Login shells that an account may have, each with the file of its own that a newcomer would print something in. */
export const shells = [
  // dash and mksh do not read theirs for a command; the others do.
  { name: 'dash', path: '/bin/sh', config: '.profile' },
  { name: 'bash', path: '/bin/bash', config: '.bashrc' },
  { name: 'zsh', path: '/usr/bin/zsh', config: '.zshenv', package: 'zsh' },
  { name: 'fish', path: '/usr/bin/fish', config: '.config/fish/config.fish', package: 'fish' },
  { name: 'tcsh', path: '/bin/tcsh', config: '.cshrc', package: 'tcsh' },
  { name: 'mksh', path: '/bin/mksh', config: '.mkshrc', package: 'mksh' }
] as const

/**
 * Installs what is missing of them on the sandbox, and answers with the names of those that it lacks all the same.
 * A sandbox that runs in place is the machine itself, which no test installs anything on.
 */
export async function installShells(world: World): Promise<string[]> {
  const has = async (path: string) => (await world.exec(['test', '-x', path])).code === 0
  const missing: string[] = []
  for (const shell of shells) if ('package' in shell && !(await has(shell.path))) missing.push(shell.package)
  if (missing.length > 0 && world.host.inside !== null) {
    const script = `get() { DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends "$@"; }
get install "$@" || { get update && get install "$@"; }`
    await world.exec(['sh', '-c', script, 'sh', ...missing])
  }
  const lacking: string[] = []
  for (const { name, path } of shells) if (!(await has(path))) lacking.push(name)
  if (lacking.length > 0) process.stdout.write(`skipped, for want of their packages: ${lacking.join(', ')}\n`)
  return lacking
}
