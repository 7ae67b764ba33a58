import type { Finding, ProvisionChange, ProvisionReport, Report } from './report.ts'
import { count } from './format.ts'

/** What is in place is worth a line to whoever asked for it, and none to whoever deploys. */
export function isProvisionShown(report: Report): boolean {
  const { provision } = report
  if (provision === null) return false
  return report.command === 'provision' || provision.warnings.length > 0 || !isInPlace(provision)
}

/** Nothing differed, and all of it could be looked at. */
export function isInPlace({ changed, changes, findings, failure }: ProvisionReport): boolean {
  if (changed || changes.length > 0 || failure !== null || findings.length === 0) return false
  return findings.every(({ verdict }) => verdict === 'in-sync')
}

export function provisionWord(provision: ProvisionReport, dryRun: boolean): string {
  const { changed, changes, findings, failure } = provision
  if (failure !== null) return 'failed'
  if (isInPlace(provision)) return `everything of its own is in place (${count(findings.length, 'resource')})`
  const parts = changed ? [dryRun ? 'would change' : 'changed'] : []
  const left = changes.filter(({ actions }) => actions.length === 0).length
  if (left > 0) parts.push(count(left, 'resource needs a person', 'resources need a person'))
  return parts.join('; ') || (findings.length === 0 ? 'not looked at' : 'not as it should be')
}

export interface Action {
  what: string
  state: 'done' | 'failed' | 'not done' | 'would'
}

/** What became of each action: those of the resource in which it failed come to the one that failed, and no further. */
export function actionsOf(change: ProvisionChange, provision: ProvisionReport, dryRun: boolean): Action[] {
  const { steps, failure } = provision
  if (dryRun) return change.actions.map((what) => ({ what, state: 'would' }))
  if (failure?.step !== change.address) return change.actions.map((what) => ({ what, state: 'done' }))
  // A step's note is what it was at.
  const failed = change.actions.indexOf(steps.find(({ name }) => name === change.address)?.note ?? '')
  return change.actions.map((what, at) => ({
    what,
    state: at < failed ? 'done' : at === failed ? 'failed' : 'not done'
  }))
}

/** Findings without those that say no more than a change that is shown above them. */
export function untold(findings: Finding[], changes: ProvisionChange[]): Finding[] {
  const told = new Set(changes.map(({ address, differences }) => JSON.stringify([address, differences])))
  return findings.filter(({ address, differences }) => !told.has(JSON.stringify([address, differences])))
}
