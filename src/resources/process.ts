import type { ProcessFact, ProcessesFact } from '../facts/facts.ts'
import type { ProbeAttempt } from '../facts/port-facts.ts'
import type { FileRequest, ProbeRequest, ProcessesRequest, ReleasesRequest } from '../facts/requests.ts'
import type { Difference } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import type { App } from '../tenant/schema.ts'
import { judged, missing, type FactsOf, type Resource } from './resource.ts'

type Q = { releases: ReleasesRequest; onB: FileRequest; processes: ProcessesRequest; a: ProbeRequest; b: ProbeRequest }

export interface ProcessResource extends Resource<Q> {
  /**
   * Whether the live process has to be replaced by one that is started as it should be. What else differs is no reason:
   * other processes are just ended, and what keeps restarting although it answers would do so again.
   */
  needsReplacing(facts: FactsOf<Q>): boolean
}

/** An app that restarted this often, and not long ago, does not run steadily. */
const MOST_RESTARTS = 3
const RESTARTS_MINUTES = 10
const MINUTE_MS = 60_000

/** What a release's process is started with, besides what every process needs; its `.env.local` it reads itself. */
export function processEnvironment(release: string, port: number) {
  return { PORT: String(port), RELEASE_ID: release, NODE_ENV: 'production', HOSTNAME: '127.0.0.1' }
}

/** PM2 is started with these, and hands them on. */
const HANDED_ON = ['HOME', 'LANG', 'PATH', 'PM2_HOME']

/**
 * The live release's process: online under PM2, from its own folder and on its own port, answering with its own id, and
 * alone. `names` are those of its `.env.local`: what PM2 also sets, the app would never read from there.
 */
export function processResource(layout: Layout, app: App, names: readonly string[]): ProcessResource {
  const { root, current } = layout.lane('app')
  const probe = (port: number): ProbeRequest => ({
    kind: 'probe',
    port,
    path: app.health,
    host: app.domain,
    release: null,
    deadlineMs: 0
  })
  const watch = names.filter((name) => !HANDED_ON.includes(name)).sort()
  return {
    address: 'app.process',
    requests: {
      releases: { kind: 'releases', root, log: layout.records.log, lane: 'app' },
      onB: { kind: 'file', path: `${current}/${layout.marker}` },
      processes: { kind: 'processes', pm2Home: layout.pm2Home, watch },
      a: probe(app.ports[0]),
      b: probe(app.ports[1])
    },
    compare(facts) {
      const seen = look(facts)
      if (seen === null) return missing('process', 'a process')
      const { foreign } = seen
      if (seen.found === undefined) {
        const gone = missing('process', seen.name)
        return { ...gone, differences: [...gone.differences, ...foreign] }
      }
      const { running, start, environment, restarts, answer } = seen
      const others = facts.processes.processes.filter((each) => each !== seen.found).map(({ name }) => name)
      const alone = difference('other processes', 'none', others.length === 0 ? 'none' : others.sort().join(', '))
      // A process that is not online, is another one or comes and goes answers as such a one does: that is no fault more.
      if (running.length > 0) return judged([...running, ...foreign, ...alone])
      const silent = start.length > 0 || restarts.length > 0 ? foreign : answer
      return judged([...start, ...environment, ...restarts, ...silent, ...alone])
    },
    needsReplacing(facts) {
      const seen = look(facts)
      if (seen?.found === undefined) return true
      const { running, start, environment, answer } = seen
      return [running, start, environment, answer].some((differences) => differences.length > 0)
    }
  }

  function look({ releases, onB, processes, a, b }: FactsOf<Q>) {
    const id = releases.current
    if (id === null) return null
    const name = layout.processName(id)
    const found = processes.processes.find((each) => each.name === name)
    const port = app.ports[onB.exists ? 1 : 0]
    const answered = (onB.exists ? b : a).attempts.at(-1)
    const answer = difference(`answer on port ${port}`, `200 from ${id}`, answerIn(answered))
    // Another account on its port is a fault of its own, whatever else ails the process.
    const foreign = answered?.foreign === undefined ? [] : answer
    if (found === undefined) return { name, found, foreign }
    const wanted = processEnvironment(id, port)
    const variables = (...names: (keyof typeof wanted)[]) =>
      names.flatMap((name) => difference(name, wanted[name], found.env[name] ?? 'not set'))
    const override = (name: string) => difference(`${name} in PM2's environment`, 'not set', 'set')
    return {
      name,
      found,
      foreign,
      running: difference('status', 'online', found.status),
      start: [...difference('folder', layout.lane('app').release(id), found.cwd), ...variables('PORT', 'RELEASE_ID')],
      environment: [...variables('NODE_ENV', 'HOSTNAME'), ...found.overrides.flatMap(override)],
      restarts: restartsOf(found, processes),
      answer
    }
  }
}

function difference(attribute: string, expected: string, actual: string): Difference[] {
  return expected === actual ? [] : [{ attribute, expected, actual }]
}

function restartsOf({ restarts, startedAtMs }: ProcessFact, { nowMs }: ProcessesFact): Difference[] {
  const minutes = Math.floor((nowMs - startedAtMs) / MINUTE_MS)
  if (restarts < MOST_RESTARTS || minutes >= RESTARTS_MINUTES) return []
  return difference('restarts', `none in the last ${RESTARTS_MINUTES} minutes`, `${restarts}, the last ${ago(minutes)}`)
}

function ago(minutes: number): string {
  if (minutes < 1) return 'less than a minute ago'
  return minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`
}

function answerIn(attempt: ProbeAttempt | undefined): string {
  if (attempt?.status === undefined) return attempt?.error ?? 'none'
  return `${attempt.status} from ${attempt.release ?? 'something that names no release'}`
}
