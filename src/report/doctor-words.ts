import { ExitCode } from '../errors.ts'
import type { Consequence, DoctorFinding, DoctorReport, Health } from './doctor-report.ts'
import { count } from './format.ts'
import { exitMeaning } from './words.ts'

/** The sentences that doctor's renderers share. They hold text from outside as it is: the renderer escapes. */

/** Doctor changes nothing, so its codes say what it saw, not what visitors see. */
export function doctorExitMeaning(code: number): string {
  switch (code) {
    case ExitCode.ok:
      return 'all in sync'
    case ExitCode.drift:
      return 'something is not as it should be'
    case ExitCode.failed:
      return 'something could not be looked at'
    case ExitCode.usage:
      return 'bad usage or configuration; nothing was looked at'
    default:
      return exitMeaning(code)
  }
}

export const healthWords: Record<Health, string> = { 'in-sync': 'in sync', drifted: 'drifted', unknown: 'unknown' }

/** The worst of all healths. Where nothing was looked at, nothing is known. */
export function overallHealth({ tenants, hosts, failure }: DoctorReport): Health | 'failed' {
  if (failure !== null) return 'failed'
  const healths = [...tenants, ...hosts].map(({ health }) => health)
  if (healths.includes('drifted')) return 'drifted'
  return healths.includes('unknown') || healths.length === 0 ? 'unknown' : 'in-sync'
}

/** What was looked at, as in "yourbrand on sandbox" or "3 tenants on 2 hosts". */
export function scopeLine({ tenants, hosts }: DoctorReport, name: (text: string) => string): string {
  const [only, second] = tenants
  if (only !== undefined && second === undefined && hosts.length <= 1)
    return `${name(only.tenant)} on ${name(only.host)}`
  if (only === undefined && hosts.length === 0) return 'doctor'
  return `${count(tenants.length, 'tenant')} on ${count(hosts.length, 'host')}`
}

/** As in "all in sync" or "2 tenants and 1 host drifted, 1 tenant unknown; 7 findings". */
export function outcomeLine(report: DoctorReport): string {
  const { tenants, hosts, findings } = report
  const overall = overallHealth(report)
  if (overall === 'failed') return 'failed'
  if (tenants.length + hosts.length === 0) return 'nothing was looked at'
  if (overall === 'in-sync') return 'all in sync'
  const single = tenants.length <= 1 && hosts.length <= 1
  const those = (all: { health: Health }[], health: Health, one: string) => {
    const some = all.filter((item) => item.health === health).length
    return some === 0 ? [] : [single ? `the ${one}` : count(some, one)]
  }
  const parts = (['drifted', 'unknown'] as const)
    .map((health) => ({ health, who: [...those(tenants, health, 'tenant'), ...those(hosts, health, 'host')] }))
    .filter(({ who }) => who.length > 0)
    .map(({ health, who }) => `${who.join(' and ')} ${healthWords[health]}`)
  return `${parts.join(', ')}; ${count(findings.length, 'finding')}`
}

/** The address of a consequence, and whose it is where that is somebody else than the finding's. */
export function consequenceLine({ tenant, host }: DoctorFinding, found: Consequence): string {
  return found.tenant === tenant ? found.address : `${found.tenant ?? host} ${found.address}`
}

// Names, paths and flags only: a sentence that begins with the same words has other signs, or is no command of ours.
const command =
  /^tenant (?:provision|deploy|rollback|releases|backups?|restore|check|doctor)(?: (?:&&|[\w./:=@-]*[\w/]))*$/

/** The lines of a remedy; those that are a command are there to be copied, the others for a person to read. */
export function remedyLines(remedy: string): { text: string; isCommand: boolean }[] {
  return remedy
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((text) => ({ text, isCommand: command.test(text) }))
}
