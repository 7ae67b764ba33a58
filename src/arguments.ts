import { parseArgs } from 'node:util'
import type { TenantError } from './errors.ts'
import { LOG_OPTIONS, logOptions, refuseLogOptions, type LogOptions } from './log-arguments.ts'
import { visible } from './report/escape.ts'
import type { LaneName } from './report/report.ts'
import type { Choice } from './tenant/choose.ts'
import { nearest } from './tenant/nearest.ts'
import { unixAccount } from './tenant/values.ts'
import { usage } from './usage.ts'

export const USAGE = `Usage: tenant COMMAND [ARGUMENTS] [OPTIONS]

  tenant provision TENANT                      give it all of its own: account, database, pool, certificate, sites
  tenant deploy TENANT [marketing|app|all]     the same, then ship what differs from what is live
  tenant rollback TENANT [marketing|app|all]   go back to the last healthy release
  tenant releases TENANT [marketing|app|all]   list the releases on the host
  tenant doctor TENANT… | --host HOST | --all  compare what is live with what should be, and change nothing
  tenant backup TENANT                         dump its database into a file on the host
  tenant backups TENANT                        list the backups on the host, the newest first
  tenant restore TENANT BACKUP                 restore one of them, or a dump on this machine (it ends in .dump or
                                               contains a slash), into a fresh database that takes the old one's place
  tenant logs TENANT                           show what its app prints and what nginx notes, by time
  tenant plan [--base REV] [--head REV]        show which tenants and lanes the changes between two commits touch
  tenant check                                 read all manifests, without a host
  tenant schema [tenant|host|fleet]            print the JSON Schema of a manifest

Options
  --dry-run          of provision, deploy and rollback: show what would be done, and change nothing
  --all, --host NAME of doctor: every tenant, or every tenant of a host
  --json             print the report alone, as JSON; of logs, an object for each line
  --wait MINUTES     how long to wait for another run's lock (15)
  --output FILE      where on this machine a copy of the backup goes
  --lane LANE        of logs: marketing or app alone
  --since WHEN       of logs: from 30m, 2h or 1d ago, or from a time such as 2026-11-27T09:30:00Z
  -n, --lines LINES  of logs: so many of the last lines (100; with --since, all since then)
  -f, --follow       of logs: go on with new lines as they come, until Ctrl-C
  --base, --head REV of plan: what to compare (where HEAD left origin's main branch, and HEAD)
  --user NAME        connect as this account instead of the host file's
  --repository DIR   the checkout that holds tenants/ (this folder)
  --verbose          also show what installs and builds print, and stack traces

Environment
  TENANT_SSH_KEY     the private key; without it key_file of the host file, or ssh-agent
  TENANT_LOOK_KEY    a private key that may only look; doctor, lists and dry runs use it where a host knows it
  TENANT_SECRETS     the secrets, as one JSON object; without it secrets_file of the host file

Exit codes
  0 fine   1 drift   2 failed, visitors see what they saw before (doctor: something could not be looked at)
  3 failed, a person is needed   64 bad usage or configuration
`

const SHIPPING = ['deploy', 'rollback', 'releases'] as const
const OF_A_TENANT = ['provision', ...SHIPPING, 'backup', 'backups', 'restore'] as const
const COMMANDS = [...OF_A_TENANT, 'doctor', 'logs', 'plan', 'check', 'schema', 'help']
const SCHEMAS = ['tenant', 'host', 'fleet'] as const
const LANES = ['marketing', 'app', 'all'] as const
// Each of them only looks, or cannot be tried without being done.
const WITHOUT_DRY_RUN: readonly string[] = ['backup', 'backups', 'restore']

type SchemaName = (typeof SCHEMAS)[number]

interface Common {
  repository: string
  verbose: boolean
}

export type Asked =
  | { command: 'help' }
  | { command: 'schema'; of: SchemaName }
  | ({ command: 'check' } & Common)
  | ({ command: 'plan'; base: string | null; head: string; json: boolean } & Common)
  | ({ command: 'doctor'; choice: Choice; user: string | null; json: boolean } & Common)
  | ({ command: 'logs'; tenant: string; user: string | null; json: boolean } & LogOptions & Common)
  | ({
      command: (typeof OF_A_TENANT)[number]
      tenant: string
      lanes: LaneName | 'all'
      backup: string | null
      output: string | null
      user: string | null
      dryRun: boolean
      json: boolean
      waitMs: number
    } & Common)

/**
 * @param now in ms since the epoch, for what is said as a while ago
 * @throws TenantError of kind `usage` that names the nearest word that is known.
 */
export function parseArguments(argv: string[], now = Date.now()): Asked {
  const { values, positionals } = parse(argv)
  const [command, ...rest] = positionals
  if (values.help === true || command === 'help' || command === undefined) {
    if (command === undefined && values.help !== true) throw usage('no command given')
    return { command: 'help' }
  }
  if (values.output !== undefined && command !== 'backup') throw usage('--output goes with backup alone')
  if (command !== 'logs' && COMMANDS.includes(command)) refuseLogOptions(values)
  for (const option of ['base', 'head'] as const)
    if (values[option] !== undefined && command !== 'plan') throw usage(`--${option} goes with plan alone`)
  const common = { repository: values.repository ?? process.cwd(), verbose: values.verbose ?? false }
  if (command === 'check') return atMost(rest, 0, { command, ...common })
  if (command === 'schema') {
    const [name = 'tenant'] = rest
    const of = SCHEMAS.find((one) => one === name)
    if (of === undefined) throw usage(`there is no schema of "${visible(name)}"`, nearest(name, SCHEMAS))
    return atMost(rest, 1, { command, of })
  }
  if (command === 'plan') {
    const { base = null, head = 'HEAD', json = false } = values
    return atMost(rest, 0, { command, base, head, json, ...common })
  }
  if (command === 'doctor') return { command, ...doctorOf(rest, values), ...common }
  for (const option of ['all', 'host'] as const)
    if (values[option] !== undefined) throw usage(`--${option} goes with doctor alone`)
  if (command === 'logs') {
    const [tenant] = rest
    if (tenant === undefined) throw usage("logs needs a tenant: its folder's name below tenants/")
    if (values['dry-run'] !== undefined) throw usage('logs has no dry run')
    if (values.wait !== undefined) throw usage('logs waits for no lock')
    const { json = false, user } = values
    return atMost(rest, 1, { command, tenant, user: userOf(user), json, ...logOptions(values, now), ...common })
  }
  const known = OF_A_TENANT.find((one) => one === command)
  if (known === undefined) throw usage(`there is no command "${visible(command)}"`, nearest(command, COMMANDS))
  const [tenant, ...words] = rest
  if (tenant === undefined) throw usage(`${known} needs a tenant: its folder's name below tenants/`)
  const dryRun = values['dry-run'] ?? false
  if (dryRun && WITHOUT_DRY_RUN.includes(known)) throw usage(`${known} has no dry run`)
  return {
    command: known,
    tenant,
    ...wordsOf(known, words),
    output: outputOf(values.output),
    user: userOf(values.user),
    dryRun,
    json: values.json ?? false,
    waitMs: waitOf(values.wait),
    ...common
  }
}

function doctorOf(names: string[], values: ReturnType<typeof parse>['values']) {
  const { all = false, host: hosts = [] } = values
  if (values['dry-run'] === true) throw usage('doctor has no dry run: it changes nothing')
  const ways = [names.length > 0, hosts.length > 0, all].filter(Boolean).length
  if (ways === 0) throw usage('doctor needs a tenant, --host or --all')
  if (ways > 1) throw usage('of names of tenants, --host and --all, doctor takes one')
  const choice: Choice = all ? 'all' : hosts.length > 0 ? { hosts } : { tenants: [...new Set(names)] }
  return { choice, user: userOf(values.user), json: values.json ?? false }
}

/** What stands behind the tenant. */
function wordsOf(command: string, words: string[]): { lanes: LaneName | 'all'; backup: string | null } {
  if (command === 'restore') {
    const [backup = ''] = words
    if (backup === '') throw usage('restore needs a backup: an id that `tenant backups` lists, or a file')
    return atMost(words, 1, { lanes: 'all', backup })
  }
  if (!SHIPPING.some((one) => one === command)) return atMost(words, 0, { lanes: 'all', backup: null })
  const [asked = 'all'] = words
  const lanes = LANES.find((lane) => lane === asked)
  if (lanes === undefined) throw usage(`there is no lane "${visible(asked)}"`, nearest(asked, LANES))
  return atMost(words, 1, { lanes, backup: null })
}

function waitOf(text = '15'): number {
  const minutes = Number(text)
  // Number() takes nothing at all for 0.
  if (text.trim() === '' || !(minutes >= 0 && minutes <= 24 * 60))
    throw usage(`--wait takes minutes from 0 to 1440, not "${visible(text)}"`)
  return minutes * 60_000
}

function outputOf(file: string | undefined): string | null {
  if (file === '') throw usage('--output takes the name of a file, not ""')
  return file ?? null
}

function userOf(name: string | undefined): string | null {
  if (name !== undefined && !unixAccount.safeParse(name).success)
    throw usage(`--user takes the name of an account, not "${visible(name)}"`)
  return name ?? null
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
  all: { type: 'boolean' },
  host: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  wait: { type: 'string' },
  output: { type: 'string' },
  base: { type: 'string' },
  head: { type: 'string' },
  user: { type: 'string' },
  repository: { type: 'string' },
  ...LOG_OPTIONS
} as const

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, allowPositionals: true, options: OPTIONS })
  } catch (thrown) {
    const { message } = thrown as Error
    const ambiguous = /^Option '(--?[\w-]+)[^']*' argument is ambiguous/.exec(message)?.[1]
    if (ambiguous !== undefined) throw usage(`${ambiguous} takes a value that does not begin with a hyphen`)
    const unknown = /^Unknown option '--([^']*)'/.exec(message)?.[1]
    if (unknown === undefined) throw usage(visible(message))
    const near = nearest(unknown, Object.keys(OPTIONS))
    throw usage(`there is no option "--${visible(unknown)}"`, near && `--${near}`)
  }
}

function atMost<T>(rest: string[], count: number, asked: T): T {
  if (rest.length > count) throw usage(`one word too many: "${visible(rest[count]!)}"`)
  return asked
}
