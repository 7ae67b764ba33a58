import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { TenantError } from '../../src/errors.ts'
import { asRoot, run, runToEnd } from './command.ts'
import type { Client, Plan } from './configure.ts'
import { findLoan } from './loan.ts'
import type { SandboxTenant } from './manifests.ts'

/** All that the sandbox keeps on this computer: frozen layers, and what running machines write. */
export const cache = '/var/cache/tenant-sandbox'
const folder = `${cache}/layers`
const here = import.meta.dirname

/** What a bare host is made by. */
const MADE_BY = ['system', 'configure.ts', 'certificates.ts', 'tools.ts'].map((name) => join(here, name))

/** A folder of files, frozen: machines stand on it, and nothing writes to it again. */
export interface Layer {
  name: string
  /** Tells it from one that was made of something else. */
  key: string
  below: Layer | null
}

const RELEASE = process.env.TENANT_SANDBOX_RELEASE ?? 'bookworm'
/** Debian's packages of a host. */
const PACKAGES =
  `systemd systemd-sysv dbus libpam-systemd openssh-server rsync nginx pgbouncer postgresql sudo openssl curl git
certbot pebble ca-certificates nftables iproute2 procps cron acl fish tcsh mksh zsh`.split(/\s+/)
// What nobody reads there is not unpacked.
const EXCLUDED = ['doc', 'man', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`)

export function digest(...parts: string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 16)
}

/** Of all files below the given ones. */
export function digestOf(...paths: string[]): string {
  const files = paths.flatMap((path) =>
    statSync(path).isFile()
      ? [path]
      : readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort()
  )
  return digest(...files.flatMap((file) => [file.slice(file.lastIndexOf('/')), readFileSync(file, 'latin1')]))
}

const pathOf = ({ name, key }: Layer) => `${folder}/${name}-${key}`
const filesOf = (layer: Layer) => `${pathOf(layer)}/upper`

/** The folders that a machine on this layer stands on, uppermost first. */
export function stack(layer: Layer): string[] {
  return [filesOf(layer), ...(layer.below === null ? [] : stack(layer.below))]
}

/** Tells a layer from one that was made anew of the same things: keys and secrets in it are others then. */
const idOf = (layer: Layer) => `${pathOf(layer)}/id`
const belowOf = (layer: Layer) => `${pathOf(layer)}/below`

/** It is there, and stands on what it was made on. */
function isFrozen(layer: Layer): boolean {
  if (!existsSync(idOf(layer))) return false
  const { below } = layer
  if (below === null) return true
  return isFrozen(below) && readFileSync(belowOf(layer), 'utf8') === readFileSync(idOf(below), 'utf8')
}

/** Makes a layer where it is not there; two who want the same one make it once. */
export async function freeze(
  layer: Layer,
  say: (line: string) => void,
  make: (into: string) => Promise<void>
): Promise<Layer> {
  await run(asRoot(['mkdir', '-p', folder]))
  await using lock = new AsyncDisposableStack()
  lock.use(await lockOn(`${folder}/${layer.name}.lock`))
  if (isFrozen(layer)) {
    await run(asRoot(['touch', pathOf(layer)]))
    return layer
  }
  say(`making the sandbox' ${layer.name} machine, which is kept in ${cache}`)
  const into = `${pathOf(layer)}.new`
  await run(asRoot(['rm', '-rf', into]))
  await run(asRoot(['mkdir', into]))
  await make(into)
  const below = layer.below === null ? '' : readFileSync(idOf(layer.below), 'utf8')
  const seal = 'printf %s "$1" >"$3/id"; printf %s "$2" >"$3/below"; rm -rf "$4"; mv -T "$3" "$4"'
  await run(asRoot(['sh', '-ec', seal, 'sh', randomUUID(), below, into, pathOf(layer)]))
  await forgetOld(layer.name)
  return layer
}

/** Held until it is disposed of, or until this process ends. */
async function lockOn(file: string): Promise<AsyncDisposable> {
  const [program = '', ...args] = asRoot(['flock', file, 'sh', '-c', 'echo held; cat >/dev/null'])
  const holder = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => holder.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject)
    holder.stdout.once('data', () => resolve())
    holder.once('close', () => reject(new TenantError('command', `${file} cannot be locked`)))
  })
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end()
      await ended
    }
  }
}

/** Keeps the three that were used last of each kind, and those that machines stand on. */
async function forgetOld(name: string): Promise<void> {
  const script = `cd "$1/layers" || exit
ls -dt -- "$2"-????????????????/ 2>/dev/null | tail -n +4 | while read -r old; do
  grep -qs -- "/\${old%/}/" "$1"/machines/*/layers || rm -rf -- "$old"
done`
  await run(asRoot(['sh', '-c', script, 'sh', cache, name]))
}

/** Removes everything that is kept; refused while machines run. */
export async function prune(): Promise<void> {
  await run(asRoot(['sh', join(here, 'machine.sh'), cache]))
  const machines = existsSync(`${cache}/machines`) ? readdirSync(`${cache}/machines`) : []
  if (machines.length > 0) {
    throw new TenantError('usage', `machines still run: ${machines.join(', ')}`, {
      where: cache,
      remedy: 'npm run sandbox -- down'
    })
  }
  await run(asRoot(['rm', '-rf', cache]))
}

/** A Debian system as its packages make it. */
async function system(say: (line: string) => void): Promise<Layer> {
  const options = await aptOptions()
  const layer = { name: 'system', key: digest(RELEASE, ...PACKAGES, ...EXCLUDED, ...options), below: null }
  return freeze(layer, say, async (into) => {
    const words = ['--quiet', '--mode=root', '--variant=minbase', '--format=directory', '--dpkgopt=force-unsafe-io']
    const packages = `--include=${PACKAGES.join(',')}`
    const made = await runToEnd(
      asRoot(['mmdebstrap', ...words, ...EXCLUDED, ...options, packages, RELEASE, `${into}/upper`])
    )
    if (made.code === 0) return
    throw new TenantError('command', `a Debian system (${RELEASE}) could not be made`, {
      where: 'the sandbox',
      remedy: 'look at what mmdebstrap says; it needs a way to a mirror of Debian, as apt has one',
      log: made.stderr.slice(-4000)
    })
  })
}

/** How apt reaches its mirrors here, where that is said: through a proxy, or from a snapshot of some day. */
async function aptOptions(): Promise<string[]> {
  const { stdout } = await runToEnd(['apt-config', 'dump'])
  const lines = stdout.split('\n').filter((line) => /^Acquire::(https?::|Check-|Retries)/.test(line))
  return lines.map((line) => `--aptopt=${line}`)
}

/** A host with nothing of a tenant on it. */
export async function bare(checkout: string, tenants: SandboxTenant[], say: (line: string) => void): Promise<Layer> {
  const [below, loan] = await Promise.all([system(say), findLoan(checkout)])
  const lent = [process.version, JSON.stringify({ ...loan, node: '', npm: '', modules: '' })]
  const lockfile = join(checkout, 'package-lock.json')
  const layer = {
    name: 'bare',
    key: digest(below.key, digestOf(...MADE_BY, lockfile), JSON.stringify(tenants), ...lent),
    below
  }
  return freeze(layer, say, async (into) => {
    const names = tenants.flatMap((tenant) => tenant.secrets)
    // They are of this layer, as the key is: what is made with them stays good in each clone.
    const secrets = Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')]))
    const plan: Plan = { lower: filesOf(below), layer: into, tenants, secrets, loan }
    const apart = ['unshare', '--mount', '--propagation', 'private']
    await run(asRoot([...apart, process.execPath, join(here, 'configure.ts')]), { input: JSON.stringify(plan) })
  })
}

/** What a client of a machine on this layer needs. */
export async function clientOf(layer: Layer): Promise<Client> {
  for (let at: Layer | null = layer; at !== null; at = at.below) {
    const file = `${pathOf(at)}/client.json`
    if (existsSync(file)) return JSON.parse(await run(asRoot(['cat', file]))) as Client
  }
  throw new TenantError('command', `the layer ${layer.name} is of no host`, { remedy: 'npm run sandbox -- prune' })
}
