import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Preview } from '../../report/preview-report.ts'
import { previewSchema } from './file-schema.ts'

// A site of 100,000 files has one of 20 MB.
const mostBytes = 64 * 1024 * 1024
const mostFiles = 2000

/** Leaves a preview for the job that writes the comment. */
export function writePreview(file: string, { tenant, lanes, commit, compared, note, report }: Preview): void {
  const { host, outcome, changed, exitCode, run, provision, failure } = report
  const shown = { host, outcome, changed, exitCode, run, provision, lanes: report.lanes, failure }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify({ version: 1, tenant, lanes, commit, compared, note, report: shown })}\n`)
}

/** Every preview below a folder, and a line for each file that is none. */
export function readPreviews(folder: string): { previews: Preview[]; complaints: string[] } {
  const previews = new Map<string, Preview>()
  const complaints: string[] = []
  for (const file of filesBelow(folder)) {
    const name = relative(folder, file)
    const read = readPreview(file)
    if (typeof read === 'string') complaints.push(`${name} is not a preview: ${read}`)
    else if (previews.has(read.tenant))
      complaints.push(`${name} is a second preview of ${read.tenant}, and is left out`)
    else previews.set(read.tenant, read)
  }
  return { previews: [...previews.values()], complaints }
}

/** The preview, or why it is none. */
function readPreview(file: string): Preview | string {
  try {
    if (lstatSync(file).size > mostBytes) return `it is larger than ${mostBytes / 1024 / 1024} MiB`
    const parsed = previewSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not fit'}`.slice(0, 300)
  } catch (thrown) {
    // The parser's own message quotes the text.
    return thrown instanceof SyntaxError ? 'it is not JSON' : `it can't be read`
  }
}

/** Plain files alone, so that no link leads elsewhere. None where there is no such folder: no job may have left anything. */
function filesBelow(folder: string): string[] {
  const found: string[] = []
  const walk = (at: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (found.length >= mostFiles) return
      const path = join(at, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile() && entry.name.endsWith('.json')) found.push(path)
    }
  }
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) walk(folder)
  return found
}
