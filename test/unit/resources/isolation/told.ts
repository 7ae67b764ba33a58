import type { Change, Comparison } from '../../../../src/resources/resource.ts'
import { render } from '../../../../src/shell/command.ts'

/** A comparison in a few words: `drifted | mode 0440 <- 0644`. */
export function told({ verdict, differences }: Comparison): string {
  const each = differences.map(({ attribute, expected, actual }) => `${attribute} ${expected} <- ${actual}`)
  return [verdict, ...each].join(' | ')
}

export const whats = (changes: Change[]) => changes.map(({ what, as }) => `${as}: ${what}`)

/** All that the host is told but for standard input, which no process list shows. */
export const scripts = (changes: Change[]) => changes.map(({ command }) => render(command)).join('\n')

export const inputs = (changes: Change[]) => changes.map(({ input }) => input ?? '').join('\n')
