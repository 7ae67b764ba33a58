import { parse, stringify } from 'yaml'
import type { Job } from './log.ts'

/** The names of jobs that stand for others begin so. */
const STANDS = 'done: '

export const standsForAnother = ({ name }: Job): boolean => name.startsWith(STANDS)

/** Whether act may have ended a run before its time: it does when the jobs of a workflow that is called fail. */
export const endedEarly = (jobs: Job[]): boolean =>
  jobs.some(({ name, result }) => name.includes('/') && result === 'failure')

interface WorkflowJob {
  name?: string
  needs?: string | string[]
  uses?: string
  outputs?: Record<string, string>
}

/**
 * The workflow as GitHub would go on with it: each job that has run is replaced by one that has its result and its
 * outputs, and does nothing else. What calls of other workflows hand out is not known, and is empty.
 */
export function continuation(text: string, ran: Job[]): string {
  const workflow = parse(text) as { jobs: Record<string, WorkflowJob> }
  for (const [key, job] of Object.entries(workflow.jobs)) {
    const own = ran.filter((one) => isOf(one, key, job))
    if (own.length > 0) workflow.jobs[key] = standFor(key, job, own)
  }
  return stringify(workflow, { lineWidth: 0 })
}

/** act names a call by the name of its job, and numbers those of a matrix. */
function isOf({ id, name }: Job, key: string, { uses, name: template = key }: WorkflowJob): boolean {
  if (uses === undefined) return id === key && !name.includes('/')
  const parts = template.split(/\$\{\{.*?\}\}/).map((part) => part.replaceAll(/[^\w ]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.*')}(-\\d+)?/`).test(name)
}

function standFor(key: string, { needs, outputs, uses }: WorkflowJob, ran: Job[]): object {
  const steps = Object.entries(Object.assign({}, ...ran.map(({ stepOutputs }) => stepOutputs)) as Job['stepOutputs'])
  const failed = ran.some(({ result }) => result !== 'success')
  return {
    name: STANDS + key,
    if: 'always()',
    'runs-on': 'ubuntu-latest',
    ...(needs === undefined ? {} : { needs }),
    ...(outputs === undefined || uses !== undefined ? {} : { outputs }),
    steps: [
      ...(uses === undefined ? steps.map(([id, values]) => ({ id, run: writing(values) })) : []),
      { run: failed ? 'exit 1' : 'true' }
    ]
  }
}

/** In base64, so that neither act nor a shell reads anything in it. */
function writing(values: Record<string, string>): string {
  const lines = Object.entries(values).map(([name, value]) => `${name}<<end-of-value\n${value}\nend-of-value\n`)
  return `echo ${Buffer.from(lines.join('')).toString('base64')} | base64 -d >>"$GITHUB_OUTPUT"`
}
