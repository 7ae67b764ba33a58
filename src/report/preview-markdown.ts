import type { PullRequestPreview } from './preview-report.ts'
import { count } from './format.ts'
import { code, fit, link, words } from './markdown-parts.ts'
import { previewDetails } from './preview-details.ts'
import { isFailed, isTold, previewRows, previewTable, type PreviewRow } from './preview-table.ts'

// Which tenants it is about matters more than how each of many differs.
const tablePart = 0.85
// What the differences of a lane take at least; of more lanes than there is room for, those of the first are shown.
const detailBytes = 1500
// For the last lines, which say what is left out and where it is.
const footBytes = 600

/** What a pull request would ship: a row for each tenant and lane, and folded below the real differences. */
export function renderPreview(preview: PullRequestPreview, { maxBytes }: { maxBytes: number }): string {
  const rows = previewRows(preview)
  if (rows.length === 0) return fit([heading(preview, rows), complaintList(preview.complaints)], maxBytes)
  const room = maxBytes - footBytes
  const table = previewTable(rows)(Math.floor(room * tablePart))
  const told = rows.filter(isTold)
  const most = Math.max(1, Math.floor((room - Buffer.byteLength(table)) / detailBytes))
  let hidden = Math.max(0, told.length - most)
  const body = fit(
    [
      heading(preview, rows),
      baseLine(rows),
      complaintList(preview.complaints),
      table,
      ...told.slice(0, most).map((row) => {
        const block = previewDetails(row)
        return (bytes: number) => {
          const text = block(bytes)
          if (text === '') hidden++
          return text
        }
      })
    ],
    room
  )
  return `${body}\n${foot(preview, hidden)}\n`
}

function heading({ commit, run }: PullRequestPreview, rows: PreviewRow[]): string {
  if (rows.length === 0) return '## What would ship\n\n**Nothing ships**: this pull request touches no tenant.'
  const failed = rows.filter(isFailed)
  const changed = rows.filter((row) => !isFailed(row) && row.report!.changed)
  const parts = [
    `${count(changed.length, 'lane')} of ${count(new Set(rows.map(({ tenant }) => tenant)).size, 'tenant')} would change`,
    ...(failed.length === 0 ? [] : [`**${count(failed.length, 'lane')} could not be previewed**`]),
    ...(commit === null ? [] : [`commit ${code(commit.slice(0, 12))}`]),
    ...(run === null ? [] : [link(run, 'workflow run')])
  ]
  return `## What would ship\n\n${parts.join(' · ')}`
}

/** What a reader has to know before all else. */
function baseLine(rows: PreviewRow[]): string {
  const blind = rows.filter(({ preview }) => preview?.compared === 'base')
  if (blind.length === 0) return ''
  const notes = [...new Set(blind.map(({ preview }) => preview!.note ?? ''))]
  const which =
    blind.length === rows.length
      ? 'This'
      : `For ${[...new Set(blind.map(({ tenant }) => code(tenant)))].slice(0, 10).join(', ')} this`
  return `⚠️ **${which} is a comparison with the base of the pull request, and not with what is live**: ${words(notes.slice(0, 3).join('; '), 1000)}.`
}

function complaintList(complaints: string[]): string {
  const shown = complaints.slice(0, 20).map((complaint) => `- ⚠️ ${words(complaint, 300)}`)
  const rest = complaints.length - shown.length
  return [...shown, ...(rest > 0 ? [`- … and ${count(rest, 'more', 'more')}`] : [])].join('\n')
}

function foot({ run }: PullRequestPreview, hidden: number): string {
  const where = run === null ? "the run's artifacts" : `the artifacts of ${link(run, 'this run')}`
  const left = hidden === 0 ? '' : `The differences of ${count(hidden, 'lane')} are left out: there is no room. `
  return `<sub>${left}Nothing was changed on any host. The whole of it, uncut, is in ${where}.</sub>`
}
