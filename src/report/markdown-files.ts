import type { FileChanges } from './report.ts'
import { cut, fenced, visible } from './escape.ts'
import { countsLine, groupByFolder, listFolders } from './folders.ts'
import type { Listing, Mark } from './folders.ts'
import { count } from './format.ts'
import { countFiles, filesLine } from './words.ts'
import { details } from './markdown-parts.ts'

const signs: Record<Mark, string> = { created: '+', changed: '!', deleted: '-' }

// A short list is worth seeing at once.
const unfoldedUpTo = 12

/** rsync's list, grouped by folder, in at most so many bytes; always says how many files it does not show. */
export function filesBlock(files: FileChanges, title: string): (bytes: number) => string {
  return (bytes) => {
    const total = countFiles(files)
    if (total === 0) return ''
    const summary = `${title}: ${count(total, 'file')} (${filesLine(files)})`
    const isOpen = total <= unfoldedUpTo
    const list = filesList(files, bytes - Buffer.byteLength(details(summary, '', isOpen)))
    if (list !== '') return details(summary, list, isOpen)
    const none = `${summary}. None of them are listed: there is no room.`
    return Buffer.byteLength(none) <= bytes ? none : ''
  }
}

/** The list alone; empty where there is no room for any of it. */
export function filesList(files: FileChanges, bytes: number): string {
  const folders = groupByFolder(files)
  for (let limit = 2000; limit >= 1; limit = Math.floor(limit / 2)) {
    const listing = listFolders(folders, { perFolder: Math.max(1, Math.floor(limit / 10)), total: limit })
    const list = fenced(lines(listing), 'diff')
    if (Buffer.byteLength(list) <= bytes) return list
  }
  return ''
}

function lines(listing: Listing): string[] {
  const listed = listing.folders.flatMap((folder) => [
    `@@ ${visible(cut(folder.path, 500))} @@ ${countsLine(folder.counts)}`,
    ...folder.entries.map((entry) => `${signs[entry.mark]} ${visible(cut(entry.name, 500))}`),
    ...(folder.hidden > 0 ? [`  … ${count(folder.hidden, 'more file')} of this folder not shown`] : [])
  ])
  if (listing.hiddenFolders === 0) return listed
  return [
    ...listed,
    `  … ${count(listing.hiddenFolders, 'more folder')} with ${count(listing.hiddenFiles, 'file')} not shown`
  ]
}
