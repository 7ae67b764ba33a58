import type { Difference } from './report.ts'
import type { DoctorFinding } from './doctor-report.ts'
import { consequenceLine, remedyLines } from './doctor-words.ts'
import { fenced, firstLines, logLines } from './escape.ts'
import { count } from './format.ts'
import { more, warningText } from './markdown-lists.ts'
import { code, details, fittedTable, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'

// A site's whole file; what is longer is for the terminal.
const diffBytes = 16 * 1024

const shownDifferences = 50
const shownConsequences = 10

/**
 * One finding in Markdown, for a document that `fit` joins: what it is and how to repair it are whole parts, its lists
 * and its diff take the room that there is. It says on its own neither the tenant nor the host.
 */
export function findingBlocks(finding: DoctorFinding): Block[] {
  const { verdict, address, cause, differences, diff } = finding
  const why = cause === undefined ? '' : `: ${warningText(cause)}`
  return [
    `**${verdict === 'unknown' ? '❓' : '⚠️'} ${verdict}** ${code(address)}${why}`,
    differences.length === 0 ? '' : differencesTable(differences),
    diff === undefined ? '' : diffBlock(diff),
    consequenceList(finding),
    remedyBlock(finding.remedy)
  ]
}

function differencesTable(differences: Difference[]): Block {
  const row = ({ attribute, expected, actual }: Difference) => [words(attribute, 200), code(expected), code(actual)]
  return fittedTable(['What', 'Expected', 'Found'], differences, row, shownDifferences)
}

function diffBlock(diff: string): Block {
  const lines = logLines(diff)
  const title = `From what is live to what is desired: ${count(lines.length, 'line')}`
  return (bytes) => {
    for (let room = Math.min(bytes, diffBytes); room >= 300; room = Math.floor(room / 2)) {
      const block = details(title, fenced(firstLines(lines, room - 200), 'diff'))
      if (Buffer.byteLength(block) <= bytes) return block
    }
    const none = `_${title}, left out: there is no room._`
    return Buffer.byteLength(none) <= bytes ? none : ''
  }
}

function consequenceList(finding: DoctorFinding): string {
  const { consequences } = finding
  if (consequences.length === 0) return ''
  const shown = consequences
    .slice(0, shownConsequences)
    .map((found) => `${code(consequenceLine(finding, found))}: ${words(found.summary, 300)}`)
  const lines = [...shown, ...more(consequences, shown.length)].map((line) => `- ${line}`)
  return ['What follows from it, and goes away with it:', '', ...lines].join('\n')
}

/** Commands stand in blocks of their own, which GitHub gives a button to copy them. */
function remedyBlock(remedy: string): string {
  const lines = remedyLines(remedy)
  const parts: string[] = []
  let commands: string[] = []
  const close = () => {
    if (commands.length > 0) parts.push(fenced(commands, 'sh'))
    commands = []
  }
  for (const { text, isCommand } of lines) {
    if (isCommand) commands.push(text)
    else {
      close()
      parts.push(words(text))
    }
  }
  close()
  if (parts.length === 0) return ''
  return lines[0]?.isCommand === true ? `Repair:\n\n${parts.join('\n\n')}` : `Repair: ${parts.join('\n\n')}`
}
