import type { Finding, ProvisionChange, ProvisionReport } from './report.ts'
import { differenceParts, findingsBlock, more, stepsBlock, warningList } from './markdown-lists.ts'
import { code, fittedTable, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { actionsOf, isInPlace, provisionWord, untold } from './provision-words.ts'
import type { Action } from './provision-words.ts'

/** What a tenant has of its own: one line where all of it is in place, else a table of what differed. */
export function provisionBlocks(provision: ProvisionReport, dryRun: boolean): Block[] {
  const { changes, findings, steps, failure } = provision
  const word = provisionWord(provision, dryRun)
  return [
    isInPlace(provision) ? `**provision**: ${word}` : `### provision: ${word}`,
    changes.length === 0 ? '' : changesBlock(provision, dryRun),
    warningList(provision.warnings),
    // In a dry run most are the changes once more.
    dryRun && !hasWrong(untold(findings, changes)) ? '' : findingsBlock(findings, dryRun),
    stepsBlock(steps, failure !== null)
  ]
}

function hasWrong(findings: Finding[]): boolean {
  return findings.some(({ verdict }) => verdict !== 'in-sync')
}

function changesBlock(provision: ProvisionReport, dryRun: boolean): Block {
  const head = ['Resource', 'Found', 'Difference', dryRun ? 'What would be done' : 'What was done']
  const row = (change: ProvisionChange) => [
    code(change.address),
    change.verdict,
    differenceParts(change.differences).join('<br>'),
    doneCell(change, provision, dryRun)
  ]
  return fittedTable(head, provision.changes, row)
}

const signs: Record<Action['state'], string> = { done: '✅ ', failed: '❌ ', 'not done': '➖ not done: ', would: '' }

function doneCell(change: ProvisionChange, provision: ProvisionReport, dryRun: boolean): string {
  if (change.actions.length === 0)
    return `⚠️ ${change.remedy === undefined ? 'left as it is' : `for a person: ${words(change.remedy)}`}`
  const actions = actionsOf(change, provision, dryRun)
  const shown = actions.slice(0, 20).map(({ what, state }) => signs[state] + words(what, 500))
  return [...shown, ...more(actions, shown.length)].join('<br>')
}
