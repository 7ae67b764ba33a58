import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { parse } from 'yaml'
import type { Finished } from '../sandbox/command.ts'
import { somePorts } from '../world/ports.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { actionWords } from './actions.ts'
import { continuation, endedEarly, standsForAnother } from './continuation.ts'
import { readLog, type Annotation, type Job } from './log.ts'
import type { Origin } from './origin.ts'
import { wayToResults } from './results.ts'
import { called, copyReadable, readable, write } from './workflows.ts'

/** What workflows run on: a repository, the API, and the caches and artifacts that one run leaves to the next. */
export interface GitHub {
  act: string
  origin: Origin
  /** Where the API answers. */
  api: string
  /** What GITHUB_TOKEN is. */
  token: string
  /** Keeps caches and artifacts. */
  folder: string
}

export interface RunOptions {
  /** What GitHub says of the event (https://docs.github.com/en/webhooks/webhook-events-and-payloads). */
  payload?: Record<string, unknown>
  secrets?: Record<string, string>
  /** Of a workflow that is started by hand. */
  inputs?: Record<string, string>
  /** What the run is about; without it the branch main. */
  ref?: string
  /** Who did it. */
  actor?: string
  /** Other repositories whose actions or workflows are used, as `owner/repo@ref`: a folder. */
  repositories?: Record<string, string>
  /** Labels of runners, besides `ubuntu-latest` and `self-hosted`. */
  labels?: string[]
}

export interface WorkflowRun {
  /** act's exit code: 0 where no job failed. */
  code: number
  /** In the order in which they began; jobs that were not run are not among them. */
  jobs: Job[]
  /** What became of each job, by its name. */
  results: Record<string, string | null>
  annotations: Annotation[]
  /** All that act and the steps said. */
  log: string
}

let runs = 1000

/**
 * Has act run a workflow file of the repository, as it is in the commit that the run is about, on this machine. What act
 * cannot do, and no run shows, is this:
 *
 * - `concurrency`: nothing waits for anything else, and nothing is cancelled; `queue` it does not even read;
 * - `environment`: there are none, with their secrets, reviewers and branches; all jobs see the same secrets;
 *   `deployment` it does not read either;
 * - `permissions`: the token may do everything;
 * - `on`: only the event's name counts, not its branches, paths, types and times;
 * - `strategy.max-parallel` by an expression: one job runs at a time;
 * - `strategy.fail-fast`: all jobs of a matrix run;
 * - `x != null` is true for null as well; `if: x` is not.
 *
 * A call of another workflow that fails ends act's run, also for later jobs with `if: always()`. It then begins anew,
 * with jobs in place of those that ran which only have their results.
 */
export async function runWorkflow(
  github: GitHub,
  workflow: string,
  event: string,
  options: RunOptions = {}
): Promise<WorkflowRun> {
  const { origin } = github
  const ref = options.ref ?? 'refs/heads/main'
  const commit = origin.commitOf(ref)
  const texts = origin.files(commit, '.github/workflows')
  const text = texts[`.github/workflows/${workflow}`]
  if (text === undefined) throw new Error(`${workflow} is not in .github/workflows at ${commit}`)
  const folder = mkdtempSync(join(tmpdir(), 'tenant-act-'))
  try {
    for (const [file, content] of Object.entries(texts)) write(join(folder, 'work', file), readable(content))
    write(join(folder, 'event.json'), JSON.stringify(payloadOf(github, event, options)))
    // JSON is YAML, which act reads secrets of several lines from.
    write(join(folder, 'secrets.yml'), JSON.stringify({ ...options.secrets, GITHUB_TOKEN: github.token }))
    mkdirSync(join(folder, 'home'))
    const theirs = copyReadable(options.repositories ?? {}, join(folder, 'repositories'))
    const used = { [workflow]: text, ...called(texts, text), ...theirs.workflows }
    const [artifacts, caches] = await somePorts(2)
    await using results = await wayToResults(artifacts!)
    const words = [
      event,
      `--workflows=.github/workflows/${workflow}`,
      ...serverWords(github, artifacts!, caches!),
      ...actionWords(used, join(folder, 'actions'), theirs.folders),
      ...['ubuntu-latest', 'self-hosted', ...(options.labels ?? [])].map((label) => `--platform=${label}=-self-hosted`),
      `--actor=${options.actor ?? 'octocat'}`,
      ...environmentWords(github, ref, commit)
    ]
    const name = (parse(text) as { name?: string }).name ?? workflow
    const jobs: Job[] = []
    const said: string[] = []
    for (;;) {
      const finished = await act(github, folder, results.url, words)
      const more = jobsOf(finished, name).filter((job) => !standsForAnother(job))
      jobs.push(...more)
      said.push(finished.stderr)
      if (more.length === 0 || !endedEarly(more)) return runOf(finished.code, jobs, said)
      write(join(folder, 'work/.github/workflows', workflow), readable(continuation(text, jobs)))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The words that the jobs' environment is made of. The commit is called SHA_REF on act's command line. */
function environmentWords({ origin, api }: GitHub, ref: string, commit: string): string[] {
  const values = {
    GITHUB_SERVER_URL: origin.server,
    GITHUB_API_URL: api,
    GITHUB_REPOSITORY: origin.name,
    GITHUB_RUN_ID: String((runs += 1)),
    GITHUB_REF: ref,
    SHA_REF: commit
  }
  return Object.entries(values).map(([name, value]) => `--env=${name}=${value}`)
}

function serverWords({ folder }: GitHub, artifacts: number, caches: number): string[] {
  return [
    `--artifact-server-path=${join(folder, 'artifacts')}`,
    '--artifact-server-addr=127.0.0.1',
    `--artifact-server-port=${artifacts}`,
    `--cache-server-path=${join(folder, 'caches')}`,
    '--cache-server-addr=127.0.0.1',
    `--cache-server-port=${caches}`
  ]
}

function act({ act: program }: GitHub, folder: string, results: string, words: string[]): Promise<Finished> {
  const child = spawn(
    program,
    [
      ...words,
      '--json',
      '--rm',
      '--no-skip-checkout',
      `--directory=${join(folder, 'work')}`,
      `--eventpath=${join(folder, 'event.json')}`,
      `--secret-file=${join(folder, 'secrets.yml')}`,
      `--action-cache-path=${join(folder, 'runner')}`
    ],
    {
      // Nothing of ours, for act hands it on to the steps; but the Node that actions run on.
      env: {
        PATH: [join(checkout, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter),
        HOME: join(folder, 'home'),
        LANG: 'C.UTF-8',
        ACTIONS_RUNTIME_URL: results
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20 * 60_000
    }
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 128, stdout, stderr }))
  })
}

function jobsOf({ code, stdout, stderr }: Finished, workflow: string): Job[] {
  const unknown = /Skipping unsupported platform[^"]*/.exec(stdout)
  if (unknown !== null) throw new Error(`act was told of no runner with a label: ${unknown[0]}`)
  // It may find that of a workflow that is called, after jobs of the one that calls it.
  const refused = /workflow is not valid[^]*/.exec(stderr)
  if (refused !== null) throw new Error(`act refuses ${workflow}: ${refused[0]}`)
  const jobs = readLog(stdout, workflow)
  if (jobs.length === 0 && code !== 0) throw new Error(`act did not run ${workflow}:\n${stderr}${stdout}`)
  return jobs
}

function runOf(code: number, jobs: Job[], said: string[]): WorkflowRun {
  const log = [...jobs.flatMap((job) => job.log.map((line) => `[${job.name}] ${line}`)), ...said].join('\n')
  const results = Object.fromEntries(jobs.map((job) => [job.name, job.result]))
  return { code, jobs, results, annotations: jobs.flatMap(({ annotations }) => annotations), log }
}

function payloadOf({ origin }: GitHub, event: string, { payload = {}, inputs, actor }: RunOptions): object {
  const [owner, name] = origin.name.split('/')
  return {
    repository: { name, full_name: origin.name, owner: { login: owner }, default_branch: 'main' },
    sender: { login: actor ?? 'octocat', type: 'User' },
    ...(event === 'workflow_dispatch' ? { inputs: inputs ?? {} } : {}),
    ...payload
  }
}
