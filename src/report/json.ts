import type { FileChanges, LaneReport, Report } from './report.ts'

/** The lists of paths were shortened; each number says how many are left out. */
type ShortenedFiles = FileChanges & { truncated: { created: number; changed: number; deleted: number } }

/**
 * The report alone, keys in the order in which the report was made. Where `maxBytes` is given and the
 * report is longer, lists of paths are shortened first and `files.truncated` counts what is left out;
 * only then are long texts cut.
 */
export function renderJson(report: Report, options: { maxBytes?: number; compact?: boolean } = {}): string {
  const maxBytes = options.maxBytes ?? Infinity
  const print = (value: unknown) => `${JSON.stringify(value, null, options.compact === true ? 0 : 2)}\n`
  const whole = print(report)
  if (Buffer.byteLength(whole) <= maxBytes) return whole
  let text = whole
  for (let paths = 4096; paths >= 0; paths = paths > 1 ? Math.floor(paths / 2) : paths - 1) {
    text = print({ ...report, lanes: report.lanes.map((lane) => shorten(lane, paths)) })
    if (Buffer.byteLength(text) <= maxBytes) return text
  }
  const bare = { ...report, lanes: report.lanes.map((lane) => shorten(lane, 0)) }
  for (const length of [8000, 2000, 500, 100]) {
    text = print(cutTexts(bare, length))
    if (Buffer.byteLength(text) <= maxBytes) return text
  }
  return text
}

function shorten(lane: LaneReport, paths: number): LaneReport & { files: ShortenedFiles } {
  const { created, changed, deleted, bytes } = lane.files
  const left = (list: string[]) => Math.max(0, list.length - paths)
  return {
    ...lane,
    files: {
      created: created.slice(0, paths),
      changed: changed.slice(0, paths),
      deleted: deleted.slice(0, paths),
      bytes,
      truncated: { created: left(created), changed: left(changed), deleted: left(deleted) }
    }
  }
}

// The end of a log says more than its beginning, and a text's beginning more than its end; both are kept.
function cutTexts(value: unknown, length: number): unknown {
  if (typeof value === 'string') {
    return value.length <= length ? value : `${value.slice(0, length / 2)} … ${value.slice(-length / 2)}`
  }
  if (Array.isArray(value)) return value.slice(0, length).map((item) => cutTexts(item, length))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutTexts(item, length)]))
}
