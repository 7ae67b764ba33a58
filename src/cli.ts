#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fail, parseArguments, USAGE } from './arguments.ts'
import { showLogs } from './cli-logs.ts'
import { showPlan } from './cli-plan.ts'
import { asTenantError, TenantError } from './errors.ts'
import { headOf } from './head.ts'
import { count } from './report/format.ts'
import { renderDoctorJson } from './report/doctor-json.ts'
import { renderDoctorTerminal } from './report/doctor-terminal.ts'
import { renderJson } from './report/json.ts'
import { terminalProgress } from './report/progress.ts'
import { renderTerminal } from './report/terminal.ts'
import type { Access, DoctorRequest, Workplace } from './request.ts'
import { redaction } from './redaction.ts'
import { run } from './run.ts'
import { runDoctor } from './run-doctor.ts'
import { parseSecrets, takeSecret, withoutSecrets } from './secrets.ts'
import { fleetJsonSchema, hostJsonSchema, schemaText, tenantJsonSchema } from './tenant/json-schema.ts'
import { loadFleet } from './tenant/load.ts'

const env = process.env
const color = process.stderr.isTTY === true && env['NO_COLOR'] === undefined

const progressStream = {
  write: (text: string) => say(process.stderr, text),
  isTTY: process.stderr.isTTY,
  get columns() {
    return process.stderr.columns
  }
}

const schemas = { tenant: tenantJsonSchema, host: hostJsonSchema, fleet: fleetJsonSchema }

async function main(): Promise<number> {
  const asked = parseArguments(process.argv.slice(2))
  if (asked.command === 'help') return print(USAGE)
  if (asked.command === 'schema') return print(schemaText(schemas[asked.of]()))
  if (asked.command === 'check') {
    const { tenants, hosts } = loadFleet(asked.repository)
    return print(`${count(tenants.length, 'tenant')} on ${count(hosts.length, 'host')}: no complaints\n`)
  }
  if (asked.command === 'plan') return showPlan({ ...asked, environment: withoutSecrets(env) }, screen())
  if (asked.command === 'logs') return showLogs({ ...asked, ...access() }, env['NO_COLOR'] === undefined)
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say(process.stderr, '\nending as soon as nothing is left half done\n')
      controller.abort(
        new TenantError('interrupted', `ended by ${signal}`, {
          remedy: 'run the same command again: it starts from what the host says is live'
        })
      )
    })
  }
  const given = { ...access(), ...(await workplace(asked.repository)) }
  if (asked.command === 'doctor') return doctor({ ...asked, ...given }, asked, controller.signal)
  const progress = terminalProgress(progressStream, { color, verbose: asked.verbose })
  const { report, error } = await run(
    {
      ...asked,
      ...given,
      runsBuilds: true,
      machine: hostname()
    },
    progress.tell,
    controller.signal
  )
  progress.stop()
  if (asked.json) process.stdout.write(renderJson(report))
  else say(process.stdout, renderTerminal(report, screen()))
  if (error !== null && asked.verbose) say(process.stderr, `${error.stack}\n`)
  return report.exitCode
}

async function doctor(
  request: DoctorRequest,
  { json, verbose }: { json: boolean; verbose: boolean },
  signal: AbortSignal
): Promise<number> {
  const { report, error } = await runDoctor(request, signal)
  if (json) process.stdout.write(renderDoctorJson(report))
  else say(process.stdout, renderDoctorTerminal(report, screen()))
  if (error !== null && verbose) say(process.stderr, `${error.stack}\n`)
  return report.exitCode
}

function screen(): { color: boolean; width: number } {
  return {
    color: process.stdout.isTTY === true && env['NO_COLOR'] === undefined,
    width: process.stdout.columns ?? 100
  }
}

/** What opens a host, and what this program hands to it: no program that is started finds it in its environment. */
function access(): Omit<Access, 'user' | 'repository'> {
  const sshKey = takeSecret(env, 'TENANT_SSH_KEY')
  const lookKey = takeSecret(env, 'TENANT_LOOK_KEY')
  const text = takeSecret(env, 'TENANT_SECRETS')
  const secrets = text === null ? null : parseSecrets(text, 'TENANT_SECRETS')
  redaction.add([sshKey ?? '', lookKey ?? '', ...Object.values(secrets ?? {})])
  const program = dirname(dirname(dirname(realpathSync(process.argv[1]!))))
  return {
    program: { templates: join(program, 'templates'), collector: join(program, 'dist/collector/index.js') },
    sshKey,
    lookKey,
    agent: env['SSH_AUTH_SOCK'] || null,
    secrets
  }
}

async function workplace(repository: string): Promise<Omit<Workplace, keyof Access>> {
  const environment = withoutSecrets(env)
  const commit = env['GITHUB_SHA'] ?? (await headOf(repository, environment))
  return {
    environment,
    gitServer: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    identity: { by: env['GITHUB_ACTOR'] ?? ownName(), commit, run: null }
  }
}

function ownName(): string {
  try {
    return userInfo().username
  } catch {
    // An account without a name, as containers have them.
    return String(process.getuid!())
  }
}

/** Everything that a person reads; in JSON, the report has no secret left. */
function say(stream: { write(text: string): unknown }, text: string): void {
  stream.write(redaction.text(text))
}

function print(text: string): number {
  say(process.stdout, text)
  return 0
}

main().then(
  (code) => (process.exitCode = code),
  (thrown: unknown) => {
    const error = asTenantError(thrown)
    say(process.stderr, fail(error, process.argv.includes('--verbose')))
    process.exitCode = error.exitCode
  }
)
