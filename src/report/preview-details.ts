import type { MigrationChanges } from './report.ts'
import { cut, fenced, firstLines, lastLines, logLines } from './escape.ts'
import { count, size } from './format.ts'
import { failureBlocks } from './markdown-failure.ts'
import { filesList } from './markdown-files.ts'
import { warningList } from './markdown-lists.ts'
import { code, details, fit, words } from './markdown-parts.ts'
import type { Block } from './markdown-parts.ts'
import { provisionBlocks } from './markdown-provision.ts'
import type { PreviewRow } from './preview-table.ts'
import { isFailed } from './preview-table.ts'
import { countFiles, envLine, filesLine } from './words.ts'

// With less than this a fold holds nothing that helps.
const leastBytes = 700

/** The real differences of one lane, folded; empty where there is no room for them. */
export function previewDetails(row: PreviewRow): (bytes: number) => string {
  return (bytes) => {
    const empty = details(title(row), '')
    const room = bytes - Buffer.byteLength(empty)
    if (room < leastBytes) return ''
    const block = details(title(row), fit(blocks(row), room).trimEnd())
    return Buffer.byteLength(block) <= bytes ? block : ''
  }
}

function title(row: PreviewRow): string {
  const name = `<b>${words(row.tenant, 200)} ${row.lane}</b>`
  if (isFailed(row)) return `${name}: could not be previewed`
  const { files, site, migrations, env, restarts, uncompared } = row.report!
  const names = env === null ? 0 : env.added.length + env.changed.length + env.removed.length
  const parts = [
    ...(uncompared === null ? [count(countFiles(files), 'file')] : ['files not compared']),
    ...(site?.changed === true ? ['nginx'] : []),
    ...(names === 0 ? [] : [count(names, 'environment variable')]),
    ...((migrations?.pending.length ?? 0) === 0 ? [] : [count(migrations!.pending.length, 'migration')]),
    ...(restarts === true ? ['a restart'] : [])
  ]
  return `${name}: ${parts.join(', ')}`
}

function blocks(row: PreviewRow): Block[] {
  const { preview, report, failure } = row
  const notes = preview?.note == null ? [] : [`_${words(preview.note)}_`]
  if (report === null) return [...notes, ...(failure === null ? [] : failureBlocks(failure, null))]
  const { files, site, env, migrations, uncompared, warnings, fingerprint } = report
  const provision = preview!.report.lanes[0] === report ? preview!.report.provision : null
  return [
    ...notes,
    ...(failure === null ? [] : failureBlocks(failure, null)),
    uncompared === null ? '' : `**Files**: ${words(uncompared)}`,
    warningList(warnings),
    env === null || isEmpty(env) ? '' : `**Environment**: ${envLine(env, code)}`,
    ...(migrations === null ? [] : migrationBlocks(migrations)),
    site === null || site.diff === '' ? '' : siteBlock(site.path, site.diff),
    uncompared !== null || countFiles(files) === 0 ? '' : filesBlock(row),
    ...(provision === null || provision.changes.length + provision.warnings.length === 0
      ? []
      : provisionBlocks({ ...provision, steps: [], findings: [] }, true)),
    fingerprint === null ? '' : `<sub>Fingerprint: ${Object.entries(fingerprint).map(partText).join(', ')}</sub>`
  ]
}

function partText([name, hash]: [string, string | null]): string {
  return `${name} ${hash === null ? 'not looked at' : code(hash)}`
}

function isEmpty({ added, changed, removed }: { added: string[]; changed: string[]; removed: string[] }): boolean {
  return added.length + changed.length + removed.length === 0
}

function filesBlock({ report }: PreviewRow): (bytes: number) => string {
  const { files } = report!
  return (bytes) => {
    const head = `**Files**: ${filesLine(files)}`
    const list = filesList(files, bytes - Buffer.byteLength(head) - 2)
    if (list !== '') return `${head}\n\n${list}`
    const none = `${head}. None of them are listed: there is no room.`
    return Buffer.byteLength(none) <= bytes ? none : ''
  }
}

function siteBlock(path: string, diff: string): (bytes: number) => string {
  const head = `**nginx** (${code(path)})`
  const lines = logLines(diff)
  return (bytes) => {
    const block = `${head}\n\n${fenced(lastLines(lines, Math.min(bytes, 64 * 1024) - Buffer.byteLength(head) - 40), 'diff')}`
    return Buffer.byteLength(block) <= bytes ? block : ''
  }
}

function migrationBlocks({ pending, sql = [] }: MigrationChanges): Block[] {
  const texts = new Map(sql.map((one) => [one.name, one]))
  return pending.slice(0, 100).map((name) => {
    const one = texts.get(name)
    const head = `**Migration** ${code(name)}${one === undefined ? '' : ` (${size(one.bytes)})`}`
    if (one === undefined) return head
    const left = one.bytes - Buffer.byteLength(one.sql)
    const lines = logLines(one.sql).map((line) => cut(line, 1000))
    return (bytes: number) => {
      const room = Math.min(bytes, 32 * 1024) - Buffer.byteLength(head) - 80
      const shown = firstLines(left > 0 ? [...lines, `-- … ${size(left)} more`] : lines, room)
      const block = `${head}\n\n${fenced(shown, 'sql')}`
      if (Buffer.byteLength(block) <= bytes) return block
      return Buffer.byteLength(head) <= bytes ? head : ''
    }
  })
}
