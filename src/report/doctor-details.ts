import { findingBlocks } from './doctor-finding.ts'
import type { Subject } from './doctor-subjects.ts'
import { healthIcons } from './doctor-table.ts'
import { count } from './format.ts'
import { code, details, fit } from './markdown-parts.ts'

// With less room than this a fold shows no finding that anybody could act on.
const leastBytes = 2000

// Of one tenant or host; the JSON has all.
const shownFindings = 100

/** A fold of findings for each subject, in the room that there is; says how many are left out. */
export function detailsBlock(subjects: Subject[]): (bytes: number) => string {
  return (bytes) => {
    let room = bytes - 200
    const most = Math.min(subjects.length, Math.max(1, Math.floor(room / leastBytes)))
    const parts: string[] = []
    for (const [at, subject] of subjects.slice(0, most).entries()) {
      const part = subjectFold(subject, subjects.length === 1, Math.floor(room / (most - at)) - 2)
      if (part === '') continue
      parts.push(part)
      room -= Buffer.byteLength(part) + 2
    }
    const left = subjects.length - parts.length
    if (left > 0) parts.push(`_The findings of ${count(left, 'more', 'more')} are left out: there is no room._`)
    return parts.join('\n\n')
  }
}

function subjectFold({ tenant, host, health, findings }: Subject, open: boolean, bytes: number): string {
  const name = tenant === null ? `host ${code(host)}` : `${code(tenant)} on ${code(host)}`
  const title = `${healthIcons[health]} ${name}: ${count(findings.length, 'finding')}`
  const room = bytes - Buffer.byteLength(details(title, '', open))
  for (let shown = Math.min(findings.length, shownFindings); shown >= 1; shown = Math.floor(shown / 2)) {
    const left = findings.length - shown
    const blocks = findings.slice(0, shown).flatMap(findingBlocks)
    if (left > 0) blocks.push(`_… and ${count(left, 'more finding')}_`)
    // What is there whole or not at all must not crowd out what differs.
    const whole = blocks.reduce((sum, block) => sum + (typeof block === 'string' ? Buffer.byteLength(block) + 2 : 0), 0)
    const shrinks = blocks.some((block) => typeof block !== 'string')
    if (whole <= (shrinks ? room / 2 : room - 200)) return details(title, fit(blocks, room).trimEnd(), open)
  }
  const none = details(title, '_They are left out: there is no room._', open)
  return Buffer.byteLength(none) <= bytes ? none : ''
}
