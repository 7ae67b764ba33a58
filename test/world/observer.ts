import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onHost } from './on-host.ts'
import type { World } from './world.ts'

const HOST_FILE = 'tenants/hosts/sandbox.yml'
/** Where provision puts what holds the keys. */
export const PROGRAM = '/usr/local/lib/tenant-deploy'
export const HOME = '/var/lib/tenant-deploy/observer'
export const KEYS = `${HOME}/.ssh/authorized_keys`
export const LOOKER = 'look'

/** A key pair, and what of it the host's file names. */
export interface LookKey {
  /** The file of the private half. */
  file: string
  text: string
  public: string
}

export interface Observers extends Disposable {
  one: LookKey
  another: LookKey
  /** Names these keys in the host's file, and no others; none: nobody at all. */
  name(...keys: LookKey[]): void
  /** The same and has it provisioned. */
  provision(...keys: LookKey[]): Promise<void>
  /** What a run finds in its environment that has this key alone. */
  env(key?: LookKey): Record<string, string>
  /** Takes account and files off the host again. */
  forget(): Promise<void>
}

/** Two keys for a host that knows neither yet. */
export function observers(world: World, tenant: string): Observers {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-look-'))
  const host = onHost(world, tenant)
  const before = world.repository.read(HOST_FILE)
  const make = (name: string): LookKey => {
    const file = join(folder, name)
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file])
    return { file, text: readFileSync(file, 'utf8'), public: readFileSync(`${file}.pub`, 'utf8').trim() }
  }
  const [one, another] = [make('one'), make('another')]
  const name = (...keys: LookKey[]) => {
    const named = keys.map((key) => `    - ${key.public}\n`).join('')
    world.repository.write(HOST_FILE, keys.length === 0 ? before : `${before}observer:\n  keys:\n${named}`)
  }
  return {
    one,
    another,
    name,
    async provision(...keys) {
      name(...keys)
      const { code, stdout, stderr } = await world.tenant(['provision', tenant])
      if (code !== 0) throw new Error(stdout + stderr)
    },
    env: (key = one) => ({ TENANT_LOOK_KEY: key.text, SSH_AUTH_SOCK: '' }),
    async forget() {
      const script = 'userdel "$1" 2>/dev/null || :; rm -rf -- "$2" "$3" /etc/sudoers.d/tenant-deploy-observer'
      await host.must(['sh', '-ec', script, 'sh', LOOKER, PROGRAM, HOME])
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true })
  }
}
