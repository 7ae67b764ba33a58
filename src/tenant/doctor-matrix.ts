import type { HostSurvey } from './choose.ts'

/** GitHub's limit (https://docs.github.com/en/actions/reference/limits). */
export const MOST_JOBS = 256

export interface DoctorJob {
  /** For people: the job's name. */
  name: string
  /** Names of hosts, separated by spaces. */
  hosts: string
  'runs-on': string | string[]
}

/**
 * The jobs of a nightly look at all tenants and hosts: those of one host together, for a host is asked over one connection. Where
 * there are more hosts than a matrix may have jobs, several share one.
 */
export function doctorMatrix(hosts: readonly HostSurvey[]): { include: DoctorJob[] } {
  const local = hosts.filter(({ kind }) => kind === 'local').map(({ name }) => name)
  const reached = hosts.filter(({ kind }) => kind !== 'local').map(({ name }) => name)
  const jobs = [
    ...local.map((name) => ({ name, hosts: name, 'runs-on': runsOn({ name, kind: 'local' }) })),
    ...shared(reached, Math.max(1, MOST_JOBS - local.length)).map((names) => ({
      name: names.length === 1 ? names[0]! : `${names[0]!} and ${names.length - 1} more`,
      hosts: names.join(' '),
      'runs-on': runsOn({ kind: 'ssh' })
    }))
  ]
  return { include: jobs.toSorted((one, other) => (one.name < other.name ? -1 : 1)) }
}

/** A host of the kind `local` is the self-hosted runner that has its name as a label. */
export function runsOn({ name, kind }: { name?: string; kind: HostSurvey['kind'] }): string | string[] {
  return kind === 'local' && name !== undefined ? ['self-hosted', name] : 'ubuntu-latest'
}

/** In so many parts at most, each about as long as the others. */
function shared(names: readonly string[], most: number): string[][] {
  const count = Math.min(most, names.length)
  return Array.from({ length: count }, (_, at) =>
    names.slice(Math.floor((at * names.length) / count), Math.floor(((at + 1) * names.length) / count))
  )
}
