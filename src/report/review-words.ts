import type { FingerprintPart, Review, ReviewedLane } from './review-report.ts'
import { count } from './format.ts'

/** How text from outside is shown: names of files, and everything else. */
export interface Shown {
  name(text: string): string
  text(text: string): string
}

const partNames: Record<Exclude<FingerprintPart, 'host'>, string> = {
  files: 'its files',
  site: 'its nginx site',
  environment: 'its environment',
  migrations: 'its migrations',
  recipe: 'how it is built and started'
}

/** Whether what shipped is what was reviewed: a sentence, and a line for each lane that differs. */
export function reviewWords(review: Review, shown: Shown): { head: string; lines: string[] } {
  const { pullRequest, commit, lanes, unknown } = review
  if (unknown !== null) return { head: `Whether this was reviewed is not known: ${shown.text(unknown)}`, lines: [] }
  if (pullRequest === null)
    return { head: 'This commit came without a pull request: nobody was shown a preview of it', lines: [] }
  const where = `#${pullRequest}`
  if (commit === null) return { head: `${where} has no preview that this could be compared with`, lines: [] }
  const others = lanes.filter(({ verdict }) => verdict !== 'same')
  if (lanes.length > 0 && others.length === 0) return { head: `Shipped what was reviewed in ${where}`, lines: [] }
  const differing = lanes.filter(({ verdict }) => verdict === 'differs').length
  const head =
    differing > 0
      ? `What shipped is not what was reviewed in ${where}`
      : `${where} does not say what was reviewed of all that shipped`
  return { head, lines: others.flatMap((lane) => laneLines(lane, commit, shown)) }
}

function laneLines({ lane, verdict, parts, paths, morePaths }: ReviewedLane, commit: string, shown: Shown): string[] {
  if (verdict === 'unknown') return [`${lane}: it was not previewed, or its preview failed`]
  const own = parts.filter((part) => part !== 'host')
  const lines = []
  if (parts.includes('host'))
    lines.push(`${lane}: the host changed since: something else was live than was compared with`)
  if (own.length > 0) {
    const what = `${lane}: ${list(own.map((part) => partNames[part]))} ${own.length === 1 && own[0] !== 'files' && own[0] !== 'migrations' ? 'is' : 'are'} not what was reviewed`
    lines.push(`${what}: ${why(paths, morePaths, commit, shown)}`)
  }
  return lines
}

function why(paths: string[] | null, more: number, commit: string, shown: Shown): string {
  const reviewed = `the reviewed commit ${shown.name(commit.slice(0, 12))}`
  if (paths === null) return `what came between is not known, for ${reviewed} is not in this checkout`
  if (paths.length === 0) return `no commit since ${reviewed} touches its sources in this repository`
  const rest = more > 0 ? ` and ${count(more, 'more', 'more')}` : ''
  return `other commits came between; changed since ${reviewed}: ${paths.map(shown.name).join(', ')}${rest}`
}

function list(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
