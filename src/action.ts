import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { asTenantError, TenantError } from './errors.ts'
import { annotate, complaintAnnotations, reportAnnotations } from './github/annotations.ts'
import { readInputs, type Inputs } from './github/inputs.ts'
import { answerDeploy, takeComment } from './github/comment.ts'
import { doctorPlan } from './github/doctor-plan.ts'
import { doctorStep } from './github/doctor.ts'
import { actionsProgress, print } from './github/log.ts'
import { setOutputs } from './github/outputs.ts'
import { writeSummary } from './github/summary.ts'
import { count } from './report/format.ts'
import { renderMarkdown } from './report/markdown.ts'
import type { CommandName } from './report/report.ts'
import { renderTerminal } from './report/terminal.ts'
import type { Workplace } from './request.ts'
import { run } from './run.ts'
import { takeSecret, withoutSecrets } from './secrets.ts'
import { ManifestError } from './tenant/complaint.ts'
import { loadFleet } from './tenant/load.ts'

const env = process.env

async function main(): Promise<number> {
  const inputs = readInputs()
  for (const name of ['INPUT_SSH-KEY', 'INPUT_LOOK-KEY', 'INPUT_SECRETS', 'INPUT_GITHUB-TOKEN']) takeSecret(env, name)
  for (const text of inputs.warnings) annotate([{ kind: 'warning', title: 'Secrets', message: text }])
  const repository = env['GITHUB_WORKSPACE'] ?? process.cwd()
  if (inputs.command === 'check') {
    const { tenants, hosts } = loadFleet(repository)
    print(`${count(tenants.length, 'tenant')} on ${count(hosts.length, 'host')}: no complaints`)
    return 0
  }
  if (inputs.command === 'doctor-plan') return doctorPlan(repository)
  if (inputs.command === 'comment') return takeComment(inputs.github.token!, readEvent(), repository)
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
  const access = workplace(inputs, repository)
  if (inputs.command !== 'doctor') return runOn({ ...inputs, command: inputs.command }, access, controller.signal)
  const [owner = '', repo = ''] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
  return doctorStep({ ...access, choice: inputs.github.choice }, inputs.github, { owner, repo }, controller.signal)
}

function workplace({ sshKey, lookKey, secrets }: Inputs, repository: string): Workplace {
  const program = dirname(dirname(dirname(realpathSync(process.argv[1]!))))
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com'
  const runLink =
    env['GITHUB_RUN_ID'] === undefined
      ? null
      : `${server}/${env['GITHUB_REPOSITORY']}/actions/runs/${env['GITHUB_RUN_ID']}`
  return {
    user: null,
    repository,
    program: { templates: join(program, 'templates'), collector: join(program, 'dist/collector/index.js') },
    sshKey,
    lookKey,
    agent: env['SSH_AUTH_SOCK'] || null,
    secrets: Object.keys(secrets).length === 0 ? null : secrets,
    environment: withoutSecrets(env),
    gitServer: server,
    identity: { by: env['GITHUB_ACTOR'] ?? 'unknown', commit: commitOf(), run: runLink }
  }
}

async function runOn(
  inputs: Inputs & { command: CommandName },
  access: Workplace,
  signal: AbortSignal
): Promise<number> {
  const progress = actionsProgress()
  const { report, error } = await run(
    {
      ...access,
      command: inputs.command,
      tenant: inputs.tenant,
      lanes: inputs.lane,
      dryRun: inputs.dryRun,
      backup: inputs.backup,
      output: null,
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
  const { answer, token } = inputs.github
  if (answer !== null) await answerDeploy(token!, answer, report)
  return report.exitCode
}

/** On a pull request GITHUB_SHA is a merge that nobody made; the event names the commit that they pushed. */
function commitOf(): string | null {
  if (env['GITHUB_EVENT_NAME'] === 'pull_request') {
    const event = readEvent() as { pull_request?: { head?: { sha?: string } } } | null
    if (event?.pull_request?.head?.sha !== undefined) return event.pull_request.head.sha
  }
  return env['GITHUB_SHA'] ?? null
}

/** What the workflow was started by; null where there is nothing of the kind. */
function readEvent(): unknown {
  const path = env['GITHUB_EVENT_PATH']
  return path === undefined ? null : JSON.parse(readFileSync(path, 'utf8'))
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
