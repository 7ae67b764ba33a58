import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../../src/report/report.ts'
import type { Finished } from '../sandbox/command.ts'
import { checkout } from '../sandbox/sandbox.ts'
import type { World } from './world.ts'

/** What a run of the action leaves: everything that the runner would read. */
export interface ActionRun {
  code: number
  /** Without the `::add-mask::` lines, which the runner takes out. */
  stdout: string
  stderr: string
  /** The masks that the runner was given. */
  masks: string[]
  outputs: Record<string, string>
  summary: string
  report: Report
  /** The lines that become annotations. */
  annotations: string[]
}

export interface ActionOptions {
  env?: Record<string, string>
  /** Called with the process' folder for temporary files. */
  started?: (temporary: string) => void
}

/** Runs the committed bundle of the action as a runner does: inputs as INPUT_*, files for what it answers. */
export async function runAction(
  world: World,
  inputs: Record<string, string>,
  options: ActionOptions = {}
): Promise<ActionRun> {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-action-'))
  const places = actionPlaces(folder)
  mkdirSync(places.temporary)
  for (const file of [places.output, places.summary]) writeFileSync(file, '')
  try {
    options.started?.(places.temporary)
    const finished = await started({
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '/',
      ...actionEnvironment(world.repository.path, places, inputs),
      ...options.env
    })
    return actionRun(finished, readFileSync(places.output, 'utf8'), readFileSync(places.summary, 'utf8'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The files and the folder for temporary ones that a runner gives to a step. */
export interface ActionPlaces {
  output: string
  summary: string
  temporary: string
}

export const actionPlaces = (folder: string): ActionPlaces => ({
  output: join(folder, 'output'),
  summary: join(folder, 'summary'),
  temporary: join(folder, 'temp')
})

/** What a runner's environment says to the action, but for where the machine has its things. */
export function actionEnvironment(
  repository: string,
  { output, summary, temporary }: ActionPlaces,
  inputs: Record<string, string>
): Record<string, string> {
  return {
    LANG: 'C.UTF-8',
    TMPDIR: temporary,
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: repository,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_ACTOR: 'octocat',
    GITHUB_SHA: '3f9c2ab7d1e04c58b6a2f0e9d8c7b6a594837261',
    GITHUB_REPOSITORY: 'example/tenants',
    GITHUB_RUN_ID: '1234567890',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_EVENT_NAME: 'push',
    RUNNER_NAME: 'runner-1',
    ...Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
  }
}

export function actionRun({ code, stdout, stderr }: Finished, output: string, summary: string): ActionRun {
  const lines = stdout.split('\n')
  const outputs = parseOutputs(output)
  return {
    code,
    stdout: lines.filter((line) => !line.startsWith('::add-mask::')).join('\n'),
    stderr,
    masks: lines.filter((line) => line.startsWith('::add-mask::')).map((line) => line.slice('::add-mask::'.length)),
    outputs,
    summary,
    report: outputs['report'] === undefined ? (undefined as never) : (JSON.parse(outputs['report']) as Report),
    annotations: lines.filter((line) => /^::(error|warning|notice)/.test(line))
  }
}

/** The inputs that every deploy needs: the key as text, and the secrets as toJSON(secrets) makes them. */
export function credentials({ host }: World): Record<string, string> {
  return { 'ssh-key': readFileSync(host.key_file, 'utf8'), secrets: readFileSync(host.secrets_file, 'utf8') }
}

function started(env: Record<string, string>): Promise<Finished> {
  const child = spawn(process.execPath, [join(checkout, 'dist/action/index.js')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 128, stdout, stderr }))
  })
}

/** `name<<delimiter`, the value's lines, and the delimiter again, as the runner reads its file. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, name, delimiter] = /^([\w-]+)<<(.+)$/.exec(lines[at]!) ?? []
    if (name === undefined) continue
    const end = lines.indexOf(delimiter!, at + 1)
    outputs[name] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return outputs
}
