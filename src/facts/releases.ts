import { readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import type { LogLine, ReleasesFact } from './facts.ts'
import type { ReleasesRequest } from './requests.ts'
import { codeOf, isAbsent } from './cause.ts'
import { readText } from './read.ts'
import { settled } from './settled.ts'

export async function lookAtReleases({ root, log, lane }: ReleasesRequest): Promise<ReleasesFact> {
  const [current, present, text] = await settled([readCurrent(root), readPresent(root), readText(log)])
  return { current, present, log: readLog(text ?? '').filter((line) => line.lane === lane) }
}

/** A link that leads nowhere still has a name: what it says and what is present are two facts. */
async function readCurrent(root: string): Promise<string | null> {
  const path = `${root}/current`
  try {
    return basename(await readlink(path))
  } catch (error) {
    if (isAbsent(error)) return null
    if (codeOf(error) === 'EINVAL') throw new Error(`${path} is not a symbolic link`, { cause: error })
    throw error
  }
}

async function readPresent(root: string): Promise<string[]> {
  try {
    const entries = await readdir(`${root}/releases`, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/**
 * Reads a log of JSON lines. A power cut can tear a line, and what is appended next then stands
 * behind the fragment on the same line: what is whole counts, the fragment never happened.
 */
export function readLog(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    // So each of our lines begins, and nothing within one does: in a text, JSON writes a backslash before the quotes.
    const whole = parsed(line.slice(line.lastIndexOf('{"at":')))
    return whole ? [whole] : []
  })
}

/** Whatever else somebody has written into such a line is not told. */
const fields = ['at', 'lane', 'release', 'event', 'by', 'commit', 'run', 'note'] as const

function parsed(text: string): LogLine | null {
  try {
    const line = JSON.parse(text) as Partial<LogLine>
    if (typeof line.lane !== 'string' || typeof line.release !== 'string') return null
    return Object.fromEntries(
      fields.flatMap((name) => (line[name] === undefined ? [] : [[name, line[name]]]))
    ) as unknown as LogLine
  } catch {
    return null
  }
}
