import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { World } from '../world/world.ts'

export interface AccountOptions {
  shell: string
  /** Files below its home: path to text. */
  files?: Record<string, string>
  /** What stands before the key in authorized_keys. */
  keyOptions?: string
}

export interface Account extends AsyncDisposable {
  user: string
}

/** Makes an account that the sandbox' key may log in to; it and its home go when it is disposed of. */
export async function addAccount(world: World, name: string, options: AccountOptions): Promise<Account> {
  const home = `/home/${name}`
  const must = async (argv: string[], input?: string) => {
    const finished = await world.exec(argv, input === undefined ? {} : { input })
    if (finished.code !== 0) throw new Error(`${argv.join(' ')}: ${finished.stderr}`)
  }
  await must(['useradd', '--create-home', '--home-dir', home, '--shell', options.shell, name])
  const key = `${options.keyOptions ?? ''} ${readFileSync(`${world.host.key_file}.pub`, 'utf8')}`.trimStart()
  for (const [path, text] of Object.entries({ '.ssh/authorized_keys': key, ...options.files })) {
    const file = `${home}/${path}`
    await must(['sh', '-c', 'mkdir -p "$1" && cat >"$2" && chmod 755 "$2"', 'sh', dirname(file), file], text)
  }
  await must(['chown', '-R', `${name}:`, home])
  await must(['chmod', '700', `${home}/.ssh`])
  // useradd locks the account, and sshd without PAM refuses a locked one its key.
  await must(['usermod', '--password', '*', name])
  return {
    user: name,
    async [Symbol.asyncDispose]() {
      // sshd may still be ending the session.
      await world.exec(['userdel', '--force', '--remove', name])
    }
  }
}

/** Runs the work while the deploying account has no more than the rules of sudo that provision wrote. */
export async function withNarrowRules<T>(world: World, work: () => Promise<T>): Promise<T> {
  const move = async (from: string, to: string) => {
    const { code, stderr } = await world.exec(['mv', from, to])
    if (code !== 0) throw new Error(stderr)
  }
  const [broad, aside] = ['/etc/sudoers.d/sandbox', '/etc/sudoers-of-the-sandbox']
  await move(broad, aside)
  try {
    return await work()
  } finally {
    await move(aside, broad)
  }
}
