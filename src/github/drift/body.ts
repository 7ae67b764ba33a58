import type { DoctorFinding } from '../../report/doctor-report.ts'
import type { Verdict } from '../../report/report.ts'
import { fenced, lastLines, logLines } from '../../report/escape.ts'
import { count, number } from '../../report/format.ts'
import { differenceParts, more } from '../../report/markdown-lists.ts'
import { code, details, fit, link, words } from '../../report/markdown-parts.ts'
import type { Block } from '../../report/markdown-parts.ts'
import { bodyBytes } from '../body-bytes.ts'
import type { Case } from './cases.ts'
import { keyOf } from './compare.ts'
import type { Change } from './compare.ts'
import { markerLines } from './marker.ts'
import type { Note } from './marker.ts'

/** When and where it was seen. */
export interface Sight {
  now: Date
  /** Link to the workflow run. */
  run: string | null
}

// Beyond these, findings are counted.
const shownFindings = 100
const diffBytes = 16 * 1024

const icons: Record<Verdict, string> = {
  'in-sync': '✅',
  drifted: '⚠️',
  missing: '⚠️',
  unmanaged: '⚠️',
  unknown: '❓'
}

export function titleOf({ topic, subject }: Case): string {
  const name = subject.kind === 'host' ? `host ${subject.name}` : subject.name
  return topic === 'drift' ? `Drift: ${name}` : `Unreachable: ${name}`
}

/** The whole text of an issue. `kept` are addresses that were found before and could not be looked at now. */
export function issueBody(item: Case, note: Note, sight: Sight, kept: readonly string[] = []): string {
  const top = [markerLines(item.topic, item.subject, note), lead(item), timesLine(item, note, sight)].join('\n\n')
  const foot = `---\n\n${footer(item)}`
  const room = bodyBytes - Buffer.byteLength(top) - Buffer.byteLength(foot) - 4
  const shown = item.findings.slice(0, shownFindings)
  const blocks: Block[] = [
    hiddenLine(item.findings.length - shown.length),
    coversLine(item.covers),
    unseenBlock(item.unseen, kept),
    ...shown.map(findingBlock)
  ]
  return `${top}\n\n${fit(blocks, room)}\n${foot}\n`
}

function lead({ topic, subject, host, findings }: Case): string {
  const who = subject.kind === 'host' ? `The host ${code(host)}` : `**${words(subject.name)}** on ${code(host)}`
  if (topic === 'unreachable') return `${who} could not be looked at for two nights or more: nothing is known of it.`
  const times = new Map<string, number>()
  for (const { verdict } of findings) times.set(verdict, (times.get(verdict) ?? 0) + 1)
  return `${who} is not as it should be: ${Array.from(times, ([verdict, of]) => `${number(of)} ${verdict}`).join(', ')}.`
}

function timesLine({ topic }: Case, { since, before }: Note, { now, run }: Sight): string {
  const parts = [
    `Since ${moment(since)}`,
    `last seen ${moment(now.toISOString())}`,
    ...(run === null ? [] : [link(run, 'workflow run')]),
    ...(before === null ? [] : [`${topic === 'drift' ? 'it drifted' : 'it was'} before in #${before}`])
  ]
  return parts.join(' · ')
}

function footer({ topic, subject }: Case): string {
  const commands =
    topic === 'unreachable'
      ? 'It is closed by the first run that can look again. '
      : subject.kind === 'host'
        ? 'Who may write here can comment `/tenant doctor` to look again. '
        : 'Who may write here can comment `/tenant deploy` to deploy it, or `/tenant doctor` to look again. '
  return `${commands}Each run writes this text anew: put what you have to say into a comment.`
}

function hiddenLine(hidden: number): string {
  return hidden === 0 ? '' : `… and ${count(hidden, 'more finding')}: the report of the run has them all.`
}

function coversLine(tenants: readonly string[]): string {
  if (tenants.length === 0) return ''
  const shown = tenants.slice(0, 100).map(code).join(', ')
  return `${count(tenants.length, 'tenant')} could not be looked at because of it: ${[shown, ...more(tenants, 100)].join(' ')}`
}

function unseenBlock(unseen: readonly DoctorFinding[], kept: readonly string[]): string {
  if (unseen.length + kept.length === 0) return ''
  const lines = [
    ...unseen.slice(0, 20).map(({ address, cause }) => `- ❓ ${code(address)}: ${words(cause ?? 'unknown', 500)}`),
    ...more(unseen, 20).map((line) => `- ${line}`),
    ...kept.slice(0, 20).map((address) => `- ${code(address)} was found before, and could not be judged`),
    ...more(kept, 20).map((line) => `- ${line}`)
  ]
  return `Not looked at this time:\n\n${lines.join('\n')}`
}

/** As much of a finding as there is room for: first its longer lists go, then its difference. */
function findingBlock(finding: DoctorFinding): (bytes: number) => string {
  return (bytes) => {
    for (const limit of [20, 5, 1, 0]) {
      const text = findingText(finding, limit)
      const room = Math.min(bytes - Buffer.byteLength(text) - 2, diffBytes)
      if (room >= 0) return [text, diffText(finding.diff, room)].filter((part) => part !== '').join('\n\n')
    }
    return ''
  }
}

function findingText(
  { address, verdict, differences, cause, remedy, consequences }: DoctorFinding,
  limit: number
): string {
  const differing = limit === 0 ? more(differences, 0) : differenceLines(differences, limit)
  const wrong = consequences
    .slice(0, limit)
    .map(
      (one) => `${code(one.tenant === null ? one.address : `${one.tenant} ${one.address}`)}: ${words(one.summary, 300)}`
    )
  return [
    `### ${icons[verdict]} ${code(address)}: ${verdict}`,
    list([
      ...differing,
      ...(cause === undefined ? [] : [words(cause, 1000)]),
      `to repair it: ${/^tenant [a-z]/.test(remedy) ? code(remedy) : words(remedy, 1000)}`,
      ...[...wrong, ...more(consequences, limit)].map((line) => `because of it: ${line}`)
    ])
  ].join('\n\n')
}

function differenceLines(differences: DoctorFinding['differences'], limit: number): string[] {
  return [...differenceParts(differences.slice(0, limit)), ...more(differences, limit)]
}

function diffText(diff: string | undefined, bytes: number): string {
  if (diff === undefined || diff === '') return ''
  const block = details('The difference', fenced(lastLines(logLines(diff), bytes - 200), 'diff'))
  return Buffer.byteLength(block) <= bytes ? block : ''
}

/** Tells what is other than the night before, and nothing else. */
export function changeComment(change: Change | 'untold', item: Case, sight: Sight): string {
  if (change === 'untold') {
    const now = `${count(item.findings.length, 'thing')} ${item.findings.length === 1 ? 'is' : 'are'} found now`
    return `${now}, and not the same as before: too many to say one by one. ${seen(sight)}\n`
  }
  const line = (address: string) => {
    const finding = item.findings.find((one) => keyOf(one.address) === address)
    if (finding === undefined) return code(address)
    return [`${code(address)} (${finding.verdict})`, ...differenceLines(finding.differences, 3)].join('; ')
  }
  const parts: [string, string[]][] = [
    ['New', change.added.slice(0, 40).map(line)],
    ['Changed', change.changed.slice(0, 40).map(line)],
    ['Gone', change.gone.slice(0, 40).map(code)]
  ]
  const all = [change.added, change.changed, change.gone]
  const blocks = parts.map(([title, lines], at) => {
    const listed = [...lines, ...more(all[at]!, 40)]
    return listed.length === 0 ? '' : `**${title}**\n\n${list(listed)}`
  })
  return fit([`What is found is not the same as before. ${seen(sight)}`, ...blocks], bodyBytes)
}

export function closingComment(item: Case, since: string, sight: Sight): string {
  const what = item.topic === 'drift' ? 'In sync again; it had drifted' : 'It could be looked at again; it could not'
  return `${what} since ${moment(since)}. ${seen(sight)}\n`
}

export function reopeningComment(item: Case, sight: Sight): string {
  const what = item.topic === 'drift' ? 'It has drifted again' : 'Again it could not be looked at'
  return `${what}: the text above says how. ${seen(sight)}\n`
}

/** What takes the place of a second issue's text. It has no marker, so that no later run takes it for one of ours. */
export function duplicateBody(of: number): string {
  return `Two runs opened an issue about the same at once. It goes on in #${of}.\n`
}

function seen({ now, run }: Sight): string {
  return `Seen ${moment(now.toISOString())}${run === null ? '' : ` by ${link(run, 'this run')}`}.`
}

function list(lines: string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}
