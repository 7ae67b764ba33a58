import type { Failure, Section } from './report.ts'
import { fenced, lastLines, logLines, markdownCode, cut } from './escape.ts'
import { words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'

// Enough for the end of a stack trace and what led to it.
const logBytes = 32 * 1024

/** What happened, where, what to do next, and the log that explains it. */
export function failureBlocks(failure: Failure, section: Section | null): Block[] {
  const place = section === null ? '' : `${section}: `
  const lines = [`### ❌ ${place}${words(failure.step, 200)} failed`, '', message(failure.message)]
  const facts = []
  if (failure.where !== undefined) facts.push(`- Where: ${markdownCode(cut(failure.where, 1000))}`)
  if (failure.remedy !== undefined) facts.push(`- What to do: ${words(failure.remedy.replaceAll('\n', ' '))}`)
  if (facts.length > 0) lines.push('', ...facts)
  const log = failure.log === undefined ? [] : logLines(failure.log)
  return log.length === 0 ? [lines.join('\n')] : [lines.join('\n'), (bytes) => logBlock(log, bytes)]
}

// Several complaints come as several lines.
function message(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 1) return `**${words(text)}**`
  const shown = lines.slice(0, 100).map((line) => `- **${words(line)}**`)
  return lines.length > shown.length
    ? [...shown, `- … and ${lines.length - shown.length} more`].join('\n')
    : shown.join('\n')
}

function logBlock(log: string[], bytes: number): string {
  for (let room = Math.min(bytes, logBytes); room >= 100; room = Math.floor(room / 2)) {
    const block = fenced(lastLines(log, room - 20))
    if (Buffer.byteLength(block) <= bytes) return block
  }
  return ''
}
