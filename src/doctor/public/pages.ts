import type { Tree } from '../../facts/facts.ts'
import { answered, statusOf, type Found, type Visit } from './answer.ts'
import { namedFiles } from './named-files.ts'

/** In bytes: a longer page would keep this program from everything else. */
const MOST_PAGE_BYTES = 4 * 1024 * 1024

export interface Page extends Found {
  /** The path of its address. */
  path: string
  /** Absolute addresses of the files that it names, in their order. */
  names: string[]
}

/** The paths at which a site's pages are served, sorted; nginx hides what stands behind a dot. */
export function pagePaths(files: Tree): string[] {
  const pages = Object.keys(files).filter((file) => /\.html?$/i.test(file) && !/(?:^|\/)\.(?!well-known\/)/.test(file))
  return pages.sort().map((file) => {
    const path = file.split('/').map(encodeURIComponent).join('/')
    return `/${path.replace(/(^|\/)index\.html$/, '$1')}`
  })
}

export async function readPage(visit: Visit, url: string): Promise<Page> {
  const path = new URL(url).pathname
  const expected = { attribute: path, expected: 'status 200' }
  const { reply, differences } = await answered(
    visit,
    () => visit.visitor.ask(url, visit.signal),
    expected,
    (answer) => (answer.status === 200 ? [] : [{ ...expected, actual: statusOf(answer) }])
  )
  if (reply === null || differences.length > 0) return { path, names: [], differences }
  if (reply.body.length > MOST_PAGE_BYTES) {
    const unseen = [{ attribute: path, expected: 'what it names', actual: 'too large to be read' }]
    return { path, names: [], differences, unseen }
  }
  const names = known.get(reply.body) ?? namedFiles(reply.body.toString('utf8'), url)
  known.set(reply.body, names)
  return { path, names, differences }
}

/** An answer that was asked for beforehand is read once. */
const known = new WeakMap<Buffer, string[]>()
