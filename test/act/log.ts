/** A job as it ran: what it said, and what became of it. Jobs that did not run are not there. */
export interface Job {
  /** `deploy`, or `doctor (sandbox)`; below a call of another workflow, `fleet-2/one/ship b`. Without numbers: see run.ts. */
  name: string
  /** Its key in the workflow file. */
  id: string
  result: string | null
  /** Its steps' job summaries, one below the other. */
  summary: string
  annotations: Annotation[]
  /** Of all its steps together. */
  outputs: Record<string, string>
  /** The same by the steps' ids, or their numbers from 0. */
  stepOutputs: Record<string, Record<string, string>>
  log: string[]
}

export interface Annotation {
  kind: 'error' | 'warning' | 'notice'
  message: string
  /** `file`, `line`, `title` and the like. */
  at: Record<string, string>
}

/** A line of `act --json`, as far as we read it. */
interface Line {
  msg: string
  level: string
  job?: string
  jobID?: string
  jobResult?: string
  raw_output?: boolean
  command?: string
  stepID?: string[]
  name?: string
  arg?: string
  content?: string
  kvPairs?: Record<string, string>
}

/** @param workflow the name that the workflow file gives itself, which stands before those of its jobs */
export function readLog(stdout: string, workflow: string): Job[] {
  const jobs = new Map<string, Job>()
  const failed = new Set<Job>()
  for (const line of stdout.split('\n').flatMap(parsed)) {
    if (line.job === undefined) continue
    const name = line.job.trim()
    const job = jobs.get(name) ?? newJob(name.replace(`${workflow}/`, ''), line.jobID ?? '')
    jobs.set(name, job)
    take(job, line)
    if (isOfAct(line)) failed.add(job)
  }
  // For act a whole matrix has one result: those that end after one that failed are told to have failed as well.
  for (const job of jobs.values()) if (job.result === 'failure' && !failed.has(job)) job.result = 'success'
  // A job that only calls another workflow does nothing itself.
  return [...jobs.values()].filter(({ result, log }) => result !== null || log.length > 0)
}

const newJob = (name: string, id: string): Job => ({
  name,
  id,
  result: null,
  summary: '',
  annotations: [],
  outputs: {},
  stepOutputs: {},
  log: []
})

function take(job: Job, line: Line): void {
  const { msg, jobResult, raw_output, command, stepID, name, arg, content, kvPairs } = line
  if (jobResult !== undefined) job.result = jobResult
  if (command === 'summary') job.summary += content ?? ''
  if (command === 'set-output' && name !== undefined) {
    job.outputs[name] = arg ?? ''
    ;(job.stepOutputs[stepID?.[0] ?? ''] ??= {})[name] = arg ?? ''
  }
  if (command === 'error' || command === 'warning' || command === 'notice')
    job.annotations.push({ kind: command, message: arg ?? '', at: kvPairs ?? {} })
  if (raw_output === true || isOfAct(line)) job.log.push(msg.replace(/\r?\n$/, ''))
}

/** What act itself says of a step that went wrong, and of nothing that the job goes on after. */
const isOfAct = ({ level, command }: Line): boolean => level === 'error' && command === undefined

/** act prints a few lines that are no JSON. */
function parsed(line: string): Line[] {
  try {
    return [JSON.parse(line) as Line]
  } catch {
    return []
  }
}
