import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { asTenantError, TenantError } from './errors.ts'
import { annotate, complaintAnnotations, reportAnnotations } from './github/annotations.ts'
import { unusable } from './github/input.ts'
import { readInputs, type Inputs } from './github/inputs.ts'
import { answerDeploy, takeComment } from './github/comment.ts'
import { doctorPlan } from './github/doctor-plan.ts'
import { doctorStep } from './github/doctor.ts'
import { assertFewFailures } from './github/brake.ts'
import { openApi } from './github/api.ts'
import { actionsProgress, print } from './github/log.ts'
import { planStep } from './github/plan.ts'
import { setOutputs } from './github/outputs.ts'
import { previewComment } from './github/preview/comment-step.ts'
import { pullRequestOf } from './github/preview/event.ts'
import { reviewOf } from './github/preview/reviewed.ts'
import { previewStep } from './github/preview/step.ts'
import { writeSummary } from './github/summary.ts'
import { headOf } from './head.ts'
import { count } from './report/format.ts'
import { renderMarkdown } from './report/markdown.ts'
import type { CommandName, Report } from './report/report.ts'
import { renderTerminal } from './report/terminal.ts'
import type { Workplace } from './request.ts'
import { redaction } from './redaction.ts'
import { run } from './run.ts'
import { takeSecret, withoutSecrets } from './secrets.ts'
import { ManifestError } from './tenant/complaint.ts'
import { loadFleet } from './tenant/load.ts'

const env = process.env

async function main(): Promise<number> {
  const inputs = readInputs()
  for (const name of ['INPUT_SSH-KEY', 'INPUT_LOOK-KEY', 'INPUT_SECRETS', 'INPUT_GITHUB-TOKEN']) takeSecret(env, name)
  for (const text of inputs.warnings) annotate([{ kind: 'warning', title: 'Secrets', message: text }])
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd()
  const repository = resolve(workspace, inputs.folder)
  if (inputs.command === 'check') {
    const { tenants, hosts } = loadFleet(repository)
    print(`${count(tenants.length, 'tenant')} on ${count(hosts.length, 'host')}: no complaints`)
    return 0
  }
  if (inputs.command === 'doctor-plan') return doctorPlan(repository)
  if (inputs.command === 'comment') return takeComment(inputs.github.token!, readEvent(), repository)
  if (inputs.command === 'preview-comment') {
    const { previews, planned } = inputs.preview
    const folder = resolve(workspace, previews!)
    const about = { event: readEvent(), commit: env['GITHUB_SHA'] ?? null, run: runLink() }
    return previewComment(openApi(inputs.github.token!), { folder, planned, ...about })
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
  const access = await workplace(inputs, repository)
  if (inputs.command === 'preview') {
    const { file, base } = inputs.preview
    const pull = pullRequestOf(readEvent())
    if (pull !== null && base === null)
      throw unusable(
        'base',
        'is missing: a preview of a pull request needs it',
        'check out its base, and name the folder'
      )
    const isRestricted = pull?.isRestricted ?? false
    const request = { ...asked(inputs, access), isRestricted, base: base === null ? null : resolve(workspace, base) }
    return previewStep(request, file === null ? null : resolve(workspace, file), controller.signal)
  }
  if (inputs.command === 'plan') {
    const { environment, gitServer } = access
    const fetch = { token: inputs.github.token, gitServer }
    const comparing = { repository, environment, signal: controller.signal, fetch }
    return planStep(comparing, env['GITHUB_EVENT_NAME'] ?? '', readEvent())
  }
  if (inputs.github.failures !== null) {
    const { token, failures } = inputs.github
    const warning = await assertFewFailures(openApi(token!), access.identity.run, failures)
    if (warning !== null) annotate([{ kind: 'warning', title: 'Failures', message: warning }])
  }
  if (inputs.command !== 'doctor') return runOn({ ...inputs, command: inputs.command }, access, controller.signal)
  return doctorStep({ ...access, choice: inputs.github.choice }, inputs.github, place(), controller.signal)
}

function place(): { owner: string; repo: string } {
  const [owner = '', repo = ''] = (env['GITHUB_REPOSITORY'] ?? '').split('/')
  return { owner, repo }
}

function runLink(): string | null {
  const server = env['GITHUB_SERVER_URL'] ?? 'https://github.com'
  return env['GITHUB_RUN_ID'] === undefined
    ? null
    : `${server}/${env['GITHUB_REPOSITORY']}/actions/runs/${env['GITHUB_RUN_ID']}`
}

async function workplace({ sshKey, lookKey, secrets }: Inputs, repository: string): Promise<Workplace> {
  const program = dirname(dirname(dirname(realpathSync(process.argv[1]!))))
  const environment = withoutSecrets(env)
  return {
    user: null,
    repository,
    program: { templates: join(program, 'templates'), collector: join(program, 'dist/collector/index.js') },
    sshKey,
    lookKey,
    agent: env['SSH_AUTH_SOCK'] || null,
    secrets: Object.keys(secrets).length === 0 ? null : secrets,
    environment,
    gitServer: env['GITHUB_SERVER_URL'] ?? 'https://github.com',
    identity: { by: env['GITHUB_ACTOR'] ?? 'unknown', commit: await commitOf(repository, environment), run: runLink() }
  }
}

/** What is asked of a run on one tenant. */
function asked({ tenant, lane, backup }: Inputs, access: Workplace) {
  const machine = env['RUNNER_NAME'] ?? hostname()
  return { ...access, tenant, lanes: lane, backup, output: null, machine, waitMs: 15 * 60_000 }
}

async function runOn(
  inputs: Inputs & { command: CommandName },
  access: Workplace,
  signal: AbortSignal
): Promise<number> {
  const progress = actionsProgress()
  const { report, error } = await run(
    { ...asked(inputs, access), command: inputs.command, dryRun: inputs.dryRun, runsBuilds: true },
    progress.tell,
    signal
  )
  progress.stop()
  await review(inputs, access, report, signal)
  print(renderTerminal(report, { color: false, width: 120 }))
  annotate(error instanceof ManifestError ? complaintAnnotations(error.complaints) : reportAnnotations(report))
  setOutputs(report)
  await writeSummary(renderMarkdown(report))
  const { answer, token } = inputs.github
  if (answer !== null) await answerDeploy(token!, answer, report)
  return report.exitCode
}

/** After a merge: whether what shipped is what was reviewed. */
async function review(inputs: Inputs, access: Workplace, report: Report, signal: AbortSignal): Promise<void> {
  const { token } = inputs.github
  const commit = env['GITHUB_SHA']
  if (token === null || commit === undefined || env['GITHUB_EVENT_NAME'] !== 'push') return
  if (report.command !== 'deploy' || report.dryRun || report.lanes.length === 0) return
  const { repository: folder, environment, gitServer } = access
  const checkout = { folder, environment, gitServer, token, signal }
  report.review = await reviewOf(openApi(token), { ...place(), commit, checkout }, report)
  redaction.report(report)
  if (report.review.unknown !== null)
    annotate([
      { kind: 'warning', title: 'Review', message: `not compared with what was reviewed: ${report.review.unknown}` }
    ])
}

/**
 * On a pull request GITHUB_SHA is a merge that nobody made; the event names the commit that they pushed. Elsewhere what is
 * checked out ships, which may be newer than the commit that started the run.
 */
async function commitOf(repository: string, environment: Record<string, string>): Promise<string | null> {
  if (env['GITHUB_EVENT_NAME'] === 'pull_request') {
    const event = readEvent() as { pull_request?: { head?: { sha?: string } } } | null
    if (event?.pull_request?.head?.sha !== undefined) return event.pull_request.head.sha
  }
  return (await headOf(repository, environment)) ?? env['GITHUB_SHA'] ?? null
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
