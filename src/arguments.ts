import { parseArgs } from 'node:util'
import { TenantError } from './errors.ts'
import { visible } from './report/escape.ts'
import type { LaneName } from './report/report.ts'
import { nearest } from './tenant/nearest.ts'

export const USAGE = `Usage: tenant COMMAND [ARGUMENTS] [OPTIONS]

  tenant deploy TENANT [marketing|app|all]     ship what differs from what is live
  tenant rollback TENANT [marketing|app|all]   go back to the last healthy release
  tenant releases TENANT [marketing|app|all]   list the releases on the host
  tenant check                                 read all manifests, without a host
  tenant schema [tenant|host]                  print the JSON Schema of a manifest

Options
  --dry-run          show what would be done, and change nothing
  --json             print the report alone, as JSON
  --wait MINUTES     how long to wait for another run's lock (15)
  --repository DIR   the checkout that holds tenants/ (this folder)
  --verbose          also show what installs and builds print, and stack traces

Environment
  TENANT_SSH_KEY     the private key; without it key_file of the host file, or ssh-agent
  TENANT_SECRETS     the secrets, as one JSON object; without it secrets_file of the host file

Exit codes
  0 fine   1 drift   2 failed, visitors see what they saw before
  3 failed, a person is needed   64 bad usage or configuration
`

const SHIPPING = ['deploy', 'rollback', 'releases'] as const
const COMMANDS = [...SHIPPING, 'check', 'schema', 'help']
const LANES: readonly string[] = ['marketing', 'app', 'all']

interface Common {
  repository: string
  verbose: boolean
}

export type Asked =
  | { command: 'help' }
  | { command: 'schema'; of: 'tenant' | 'host' }
  | ({ command: 'check' } & Common)
  | ({
      command: (typeof SHIPPING)[number]
      tenant: string
      lanes: LaneName | 'all'
      dryRun: boolean
      json: boolean
      waitMs: number
    } & Common)

/** @throws TenantError of kind `usage` that names the nearest word that is known. */
export function parseArguments(argv: string[]): Asked {
  const { values, positionals } = parse(argv)
  const [command, ...rest] = positionals
  if (values.help === true || command === 'help' || command === undefined) {
    if (command === undefined && values.help !== true) throw usage('no command given')
    return { command: 'help' }
  }
  const common = { repository: values.repository ?? process.cwd(), verbose: values.verbose ?? false }
  if (command === 'check') return atMost(rest, 0, { command, ...common })
  if (command === 'schema') {
    const [of = 'tenant'] = rest
    if (of !== 'tenant' && of !== 'host')
      throw usage(`there is no schema of "${visible(of)}"`, nearest(of, ['tenant', 'host']))
    return atMost(rest, 1, { command, of })
  }
  const shipping = SHIPPING.find((known) => known === command)
  if (shipping === undefined) throw usage(`there is no command "${visible(command)}"`, nearest(command, COMMANDS))
  const [tenant, lanes = 'all'] = rest
  if (tenant === undefined) throw usage(`${command} needs a tenant: its folder's name below tenants/`)
  if (!LANES.includes(lanes)) throw usage(`there is no lane "${visible(lanes)}"`, nearest(lanes, [...LANES]))
  const minutes = Number(values.wait ?? 15)
  // Number() takes nothing at all for 0.
  if (values.wait?.trim() === '' || !(minutes >= 0 && minutes <= 24 * 60))
    throw usage(`--wait takes minutes from 0 to 1440, not "${visible(values.wait ?? '')}"`)
  return atMost(rest, 2, {
    command: shipping,
    tenant,
    lanes: lanes as LaneName | 'all',
    dryRun: values['dry-run'] ?? false,
    json: values.json ?? false,
    waitMs: minutes * 60_000,
    ...common
  })
}

/** An error as a terminal shows it: what happened, where, and what to do next. */
export function fail(error: TenantError, verbose: boolean): string {
  // Several complaints stand on lines of their own, where an editor finds file, line and column.
  const lines = [error.message.includes('\n') ? `error:\n${error.message}` : `error: ${error.message}`]
  if (error.where !== undefined) lines.push(`where: ${error.where}`)
  if (error.remedy !== undefined) lines.push(`remedy: ${error.remedy}`)
  if (error.log !== undefined && error.log !== '') lines.push(error.log)
  if (verbose && error.stack !== undefined) lines.push(error.stack)
  return `${lines.join('\n')}\n`
}

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  wait: { type: 'string' },
  repository: { type: 'string' }
} as const

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, allowPositionals: true, options: OPTIONS })
  } catch (thrown) {
    const unknown = /^Unknown option '--([^']*)'/.exec((thrown as Error).message)?.[1]
    if (unknown === undefined) throw usage(visible((thrown as Error).message))
    const near = nearest(unknown, Object.keys(OPTIONS))
    throw usage(`there is no option "--${visible(unknown)}"`, near && `--${near}`)
  }
}

function atMost<T>(rest: string[], count: number, asked: T): T {
  if (rest.length > count) throw usage(`one word too many: "${visible(rest[count]!)}"`)
  return asked
}

function usage(what: string, near?: string | null): TenantError {
  return new TenantError('usage', what, {
    remedy: `${near == null ? '' : `did you mean ${near}? `}tenant help shows all commands`
  })
}
