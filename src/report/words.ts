import { ExitCode } from '../errors.ts'
import type { EnvChanges, FileChanges, Finding, LaneReport, MigrationChanges, Report, SiteChange } from './report.ts'
import { count, number, size } from './format.ts'

/** The sentences that every renderer shares. They hold text from outside as it is: the renderer escapes. */

export function exitMeaning(code: number): string {
  switch (code) {
    case ExitCode.ok:
      return 'fine'
    case ExitCode.drift:
      return 'the host is not as it should be'
    case ExitCode.failed:
      return 'failed; visitors see what they saw before'
    case ExitCode.needsPerson:
      return 'failed, and a person is needed'
    case ExitCode.usage:
      return 'bad usage or configuration; nothing was changed'
    default:
      return 'not an exit code of this program'
  }
}

/** The outcome of the run in a word or two. */
export function outcomeWord(report: Report): string {
  if (report.outcome === 'failed') return 'failed'
  switch (report.command) {
    case 'releases':
    case 'backups':
      return report.command
    case 'backup':
      return 'backed up'
    case 'restore':
      return 'restored'
    case 'provision':
      return report.changed ? changedWord(report) : 'unchanged'
    case 'deploy':
    case 'rollback':
      return shippedWord(report)
  }
}

function shippedWord(report: Report): string {
  if (report.outcome === 'unchanged') return 'nothing to do'
  if (report.command === 'rollback') return report.dryRun ? 'would roll back' : 'rolled back'
  if (!report.lanes.some(({ changed }) => changed)) return changedWord(report)
  return report.dryRun ? 'would ship' : 'shipped'
}

function changedWord({ dryRun }: Report): string {
  return dryRun ? 'would change' : 'changed'
}

export function laneWord(lane: LaneReport, report: Report): string {
  if (lane.failure !== null) return 'failed'
  if (!lane.changed) return 'nothing to do'
  if (report.command === 'rollback') return report.dryRun ? 'would roll back' : 'rolled back'
  return report.dryRun ? 'would ship' : 'shipped'
}

export function countFiles(files: FileChanges): number {
  return files.created.length + files.changed.length + files.deleted.length
}

export function filesLine(files: FileChanges): string {
  if (countFiles(files) === 0) return 'none'
  const { created, changed, deleted } = files
  return `${number(created.length)} created, ${number(changed.length)} changed, ${number(deleted.length)} deleted, ${size(files.bytes)}`
}

/** Of a lane, which may not have been compared. */
export function laneFilesLine({ files, uncompared }: LaneReport): string {
  return uncompared ?? filesLine(files)
}

export function siteLine(site: SiteChange, { failure, release, previous }: LaneReport, dryRun: boolean): string {
  if (!site.changed) return site.reloaded ? 'unchanged, reloaded' : 'unchanged, not reloaded'
  if (dryRun) return 'would change and be reloaded'
  if (failure !== null && release === previous) return site.reloaded ? 'changed, and put back' : 'as before'
  return site.reloaded ? 'changed and reloaded' : 'changed, not reloaded'
}

export function migrationsLine(migrations: MigrationChanges, name: (text: string) => string): string {
  const parts = []
  if (migrations.applied.length > 0) parts.push(`applied ${nameList(migrations.applied, name)}`)
  if (migrations.pending.length > 0) parts.push(`pending ${nameList(migrations.pending, name)}`)
  return parts.join('; ') || 'none'
}

export function envLine(env: EnvChanges, name: (text: string) => string): string {
  const parts = []
  if (env.added.length > 0) parts.push(`added ${nameList(env.added, name)}`)
  if (env.changed.length > 0) parts.push(`changed ${nameList(env.changed, name)}`)
  if (env.removed.length > 0) parts.push(`removed ${nameList(env.removed, name)}`)
  return parts.join('; ') || 'unchanged'
}

/** As in "all 9 in sync" or "7 of 9 in sync, 1 drifted, 1 unknown". */
export function findingsLine(findings: Finding[]): string {
  const inSync = findings.filter((finding) => finding.verdict === 'in-sync').length
  if (inSync === findings.length) return `all ${number(inSync)} in sync`
  const others = new Map<string, number>()
  for (const { verdict } of findings) if (verdict !== 'in-sync') others.set(verdict, (others.get(verdict) ?? 0) + 1)
  const rest = Array.from(others, ([verdict, times]) => `${number(times)} ${verdict}`)
  return [`${number(inSync)} of ${number(findings.length)} in sync`, ...rest].join(', ')
}

const shownNames = 20

/** The first names of a list; the others are counted. */
export function nameList(list: string[], name: (text: string) => string): string {
  const shown = list.slice(0, shownNames).map(name).join(', ')
  return list.length > shownNames ? `${shown} and ${count(list.length - shownNames, 'more', 'more')}` : shown
}
