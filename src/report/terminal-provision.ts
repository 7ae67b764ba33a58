import type { ProvisionChange, ProvisionReport } from './report.ts'
import { indent, pad, width, wrap } from './columns.ts'
import { visible } from './escape.ts'
import { duration, number } from './format.ts'
import type { Paint } from './paint.ts'
import { actionsOf, isInPlace, provisionWord, untold } from './provision-words.ts'
import type { Action } from './provision-words.ts'
import { differenceLines, findingLines, stepLines, warningLines } from './terminal-lists.ts'

/** What a tenant has of its own: one line where all of it is in place, else each resource that differed. */
export function provisionLines(provision: ProvisionReport, dryRun: boolean, ink: Paint, columns: number): string[] {
  const { changed, changes, findings, failure } = provision
  const word = provisionWord(provision, dryRun)
  const quiet = isInPlace(provision)
  const painted = failure !== null ? ink.red(word) : quiet ? word : changed ? ink.green(word) : ink.yellow(word)
  const head = `${ink.bold('provision')}: ${painted}`
  const warnings = warningLines(provision.warnings, ink, columns)
  if (quiet) return [head, ...warnings]
  const addresses = new Set(changes.map(({ address }) => address))
  return [
    head,
    ...changes.flatMap((change) => changeLines(change, provision, dryRun, ink, columns)),
    ...warnings,
    // The steps of changes stand beside them.
    ...stepLines(
      provision.steps.filter(({ name }) => !addresses.has(name)),
      ink,
      columns
    ),
    ...findingLines(findings, ink, untold(findings, changes))
  ]
}

const shownActions = 20

function changeLines(
  change: ProvisionChange,
  provision: ProvisionReport,
  dryRun: boolean,
  ink: Paint,
  columns: number
): string[] {
  const address = visible(change.address)
  const names = Math.max(...provision.changes.map((other) => width(visible(other.address))))
  const step = provision.steps.find(({ name }) => name === change.address)
  const time = step === undefined ? '' : `  ${ink.dim(duration(step.ms).padStart(8))}`
  const actions = actionsOf(change, provision, dryRun)
  const rest = actions.length - shownActions
  return [
    `  ${sign(change, ink)} ${step === undefined ? address : pad(address, names)}${time}`,
    ...indent(
      [
        ...differenceLines(change.differences, ink),
        ...actions.slice(0, shownActions).map((action) => actionLine(action, ink)),
        ...(rest > 0 ? [ink.dim(`… and ${number(rest)} more; --json lists all`)] : []),
        ...(actions.length > 0 ? [] : personLines(change, ink, columns - 6))
      ],
      '      '
    )
  ]
}

function sign({ verdict, actions }: ProvisionChange, ink: Paint): string {
  if (actions.length === 0) return ink.yellow('!')
  return verdict === 'missing' ? ink.green('+') : ink.yellow('~')
}

function actionLine({ what, state }: Action, ink: Paint): string {
  const text = visible(what)
  switch (state) {
    case 'done':
      return `${ink.green('✓')} ${text}`
    case 'failed':
      return `${ink.red('✗')} ${text}`
    case 'not done':
      return ink.dim(`- not done: ${text}`)
    case 'would':
      return `would ${text}`
  }
}

function personLines({ remedy }: ProvisionChange, ink: Paint, columns: number): string[] {
  if (remedy === undefined) return [ink.yellow('left as it is')]
  const [first = '', ...rest] = wrap(`for a person: ${visible(remedy.replaceAll('\n', ' '))}`, columns)
  return [first.replace('for a person:', ink.yellow('for a person:')), ...rest]
}
