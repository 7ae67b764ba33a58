import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, delimiter, dirname, join, relative } from 'node:path'
import { TenantError } from '../../src/errors.ts'
import { run } from './command.ts'

/** What this computer lends to a host, which has an /etc and a /usr/local of its own. */
export interface Loan {
  node: string
  /** The folder of npm's own package. */
  npm: string
  /** The checkout's node_modules, and those packages in it that PM2 consists of. */
  modules: string
  pm2: string[]
  /** Lines of npm's global configuration, without any token. */
  npmrc: string[]
  /** Certificate authorities, in PEM, that Node and npm need to reach the registry as this computer does. */
  authorities?: string
  environment: Record<string, string>
}

const carriedSettings =
  /^(registry|@[\w.-]+:registry|proxy|https-proxy|noproxy|strict-ssl|replace-registry-host|omit-lockfile-registry-resolved)$/
const carriedVariables = /^(https?_proxy|no_proxy)$/i
const NPM = '11.6.2'
const systemAuthorities = '/etc/ssl/certs/ca-certificates.crt'

/** The folders, relative to node_modules, of a package and of all that it needs. */
export function packagesOf(name: string, modules: string): string[] {
  const found = new Set<string>()
  const visit = (folder: string) => {
    if (found.has(folder)) return
    found.add(folder)
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) {
      for (let from = folder; from.startsWith(modules); from = dirname(from)) {
        const candidate = join(basename(from) === 'node_modules' ? from : join(from, 'node_modules'), needed)
        if (!existsSync(join(candidate, 'package.json'))) continue
        visit(candidate)
        break
      }
    }
  }
  visit(join(modules, name))
  return [...found].map((folder) => relative(modules, folder))
}

/** PATH as the machine has it: npm looks for its global settings beside the Node that runs it, not the checkout's. */
function machinePath(): string[] {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'))
}

function machineNpm(): string {
  const found = machinePath()
    .map((folder) => join(folder, 'npm'))
    .find((file) => existsSync(file))
  const folder = found === undefined ? '' : dirname(dirname(realpathSync(found)))
  if (existsSync(join(folder, 'bin/npm-cli.js'))) return folder
  throw new TenantError('tool-missing', 'npm was not found on this machine', { remedy: 'install npm beside Node' })
}

/** npm's settings that decide how it reaches its registry; tokens are left where they are. */
async function npmSettings(): Promise<Record<string, unknown>> {
  const env = { ...process.env, PATH: machinePath().join(delimiter) }
  return JSON.parse(await run(['npm', 'config', 'list', '--json'], { env })) as Record<string, unknown>
}

function authorities(settings: Record<string, unknown>): string | undefined {
  const extra = process.env.NODE_EXTRA_CA_CERTS
  // npm's cafile takes the place of the built-in authorities, so what only adds to them needs the system's too.
  const files = typeof settings.cafile === 'string' ? [settings.cafile] : extra ? [systemAuthorities, extra] : []
  const distinct = [...new Set(files.map((file) => realpathSync(file)))]
  return distinct.length === 0 ? undefined : distinct.map((file) => readFileSync(file, 'utf8')).join('\n')
}

/** The way to this machine's proxy, which is none to the host's own services. */
function proxies(): Record<string, string> {
  const carried = Object.entries(process.env).filter(([name]) => carriedVariables.test(name))
  if (carried.length === 0) return {}
  const direct = carried.filter(([name]) => /^no_proxy$/i.test(name)).map(([, value]) => value)
  const without = [...direct, 'localhost', '127.0.0.1'].join(',')
  return { ...Object.fromEntries(carried), no_proxy: without, NO_PROXY: without } as Record<string, string>
}

/** Debian's own npm leans on modules that are no part of it, so a host is lent one that npm's registry has. */
async function wholeNpm(npm: string, folder: string): Promise<string> {
  if (existsSync(join(npm, 'node_modules/semver'))) return npm
  const fetched = join(folder, 'node_modules/npm')
  const install = ['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', `npm@${NPM}`]
  if (!existsSync(fetched)) await run(install, { env: { ...process.env, PATH: machinePath().join(delimiter) } })
  return fetched
}

/** Finds what this computer lends to a host: tools, and the way to npm's registry. */
export async function findLoan(checkout: string): Promise<Loan> {
  const npm = await wholeNpm(machineNpm(), join(checkout, 'node_modules/.cache/npm-of-hosts'))
  const settings = await npmSettings()
  const modules = join(checkout, 'node_modules')
  const carried = Object.entries(settings).filter(([key, value]) => carriedSettings.test(key) && value !== null)
  const trusted = authorities(settings)
  return {
    node: process.execPath,
    npm,
    modules,
    pm2: packagesOf('pm2', modules),
    npmrc: carried.map(([key, value]) => `${key}=${Array.isArray(value) ? value.join(',') : String(value)}`),
    ...(trusted === undefined ? {} : { authorities: trusted }),
    environment: proxies()
  }
}
