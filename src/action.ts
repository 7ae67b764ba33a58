import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { asTenantError, TenantError } from './errors.ts'
import { annotate, complaintAnnotations, reportAnnotations } from './github/annotations.ts'
import { readInputs, type Inputs } from './github/inputs.ts'
import { actionsProgress, print } from './github/log.ts'
import { setOutputs } from './github/outputs.ts'
import { writeSummary } from './github/summary.ts'
import { count } from './report/format.ts'
import { renderMarkdown } from './report/markdown.ts'
import type { CommandName } from './report/report.ts'
import { renderTerminal } from './report/terminal.ts'
import { run } from './run.ts'
import { takeSecret, withoutSecrets } from './secrets.ts'
import { ManifestError } from './tenant/complaint.ts'
import { loadFleet } from './tenant/load.ts'

const env = process.env

async function main(): Promise<number> {
  const inputs = readInputs()
  for (const name of ['INPUT_SSH-KEY', 'INPUT_SECRETS']) takeSecret(env, name)
  for (const text of inputs.warnings) annotate([{ kind: 'warning', title: 'Secrets', message: text }])
  const repository = env['GITHUB_WORKSPACE'] ?? process.cwd()
  if (inputs.command === 'check') {
    const { tenants, hosts } = loadFleet(repository)
    print(`${count(tenants.length, 'tenant')} on ${count(hosts.length, 'host')}: no complaints`)
    return 0
  }
  const controller = new AbortController()
  // A cancelled step gets SIGINT, SIGTERM 7.5 s later, and is killed 2.5 s after that.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () =>
      controller.abort(
        new TenantError('interrupted', 'the workflow run was cancelled', {
          remedy: 'run it again: it starts from what the host says is live'
        })
      )
    )
  }
  return runOn({ ...inputs, command: inputs.command }, repository, controller.signal)
}

async function runOn(
  inputs: Inputs & { command: CommandName },
  repository: string,
  signal: AbortSignal
): Promise<number> {
  const program = dirname(dirname(dirname(realpathSync(process.argv[1]!))))
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com'
  const runLink =
    env['GITHUB_RUN_ID'] === undefined
      ? null
      : `${server}/${env['GITHUB_REPOSITORY']}/actions/runs/${env['GITHUB_RUN_ID']}`
  const progress = actionsProgress()
  const { report, error } = await run(
    {
      command: inputs.command,
      tenant: inputs.tenant,
      lanes: inputs.lane,
      dryRun: inputs.dryRun,
      backup: inputs.backup,
      output: null,
      user: null,
      repository,
      program: { templates: join(program, 'templates'), collector: join(program, 'dist/collector/index.js') },
      sshKey: inputs.sshKey,
      agent: env['SSH_AUTH_SOCK'] ?? null,
      secrets: Object.keys(inputs.secrets).length === 0 ? null : inputs.secrets,
      environment: withoutSecrets(env),
      gitServer: server,
      identity: { by: env['GITHUB_ACTOR'] ?? 'unknown', commit: commitOf(), run: runLink },
      machine: env['RUNNER_NAME'] ?? hostname(),
      waitMs: 15 * 60_000
    },
    progress.tell,
    signal
  )
  progress.stop()
  print(renderTerminal(report, { color: false, width: 120 }))
  annotate(error instanceof ManifestError ? complaintAnnotations(error.complaints) : reportAnnotations(report))
  setOutputs(report)
  await writeSummary(renderMarkdown(report))
  return report.exitCode
}

/** On a pull request GITHUB_SHA is a merge that nobody made; the event names the commit that they pushed. */
function commitOf(): string | null {
  const path = env['GITHUB_EVENT_PATH']
  if (path !== undefined && env['GITHUB_EVENT_NAME'] === 'pull_request') {
    const event = JSON.parse(readFileSync(path, 'utf8')) as { pull_request?: { head?: { sha?: string } } }
    if (event.pull_request?.head?.sha !== undefined) return event.pull_request.head.sha
  }
  return env['GITHUB_SHA'] ?? null
}

main().then(
  (code) => (process.exitCode = code),
  (thrown: unknown) => {
    const error = asTenantError(thrown)
    const annotations =
      error instanceof ManifestError
        ? complaintAnnotations(error.complaints)
        : [
            {
              kind: 'error' as const,
              title: 'tenant-deploy',
              message: [error.message, error.where, error.remedy].filter((part) => part !== undefined).join('\n')
            }
          ]
    annotate(annotations)
    process.exitCode = error.exitCode
  }
)
