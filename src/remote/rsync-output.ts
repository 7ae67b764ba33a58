import type { FileChanges } from '../report/report.ts'

/** One line of `--out-format='%i %l %n'`: eleven places (rsync(1), --itemize-changes), bytes, name. */
const LINE = /^([<>ch.*][fdLDSe][^ ]{9}|\*deleting {0,3}) +(\d+) (.*)$/s

/** What rsync itemised: files and links by what happened to them; folders go without saying. */
export function itemised(output: Buffer): FileChanges {
  const changes: FileChanges = { created: [], changed: [], deleted: [], bytes: 0 }
  for (const line of output.toString('latin1').split(/[\n\r]/)) {
    const match = LINE.exec(line)
    if (match === null) continue
    const [, item, bytes, escaped] = match as unknown as [string, string, string, string]
    const name = unescapeName(escaped)
    if (name.endsWith('/')) continue
    if (item.startsWith('*deleting')) changes.deleted.push(name)
    else if (item[1] === 'f' || item[1] === 'L') {
      if (item[2] === '+') changes.created.push(name)
      else changes.changed.push(name)
      if (item[0] !== '.') changes.bytes += Number(bytes)
    }
  }
  for (const list of [changes.created, changes.changed, changes.deleted]) list.sort()
  return changes
}

/** rsync writes each byte that the C locale can't print, and a backslash before `#` and three digits, as `\#ooo`. */
function unescapeName(escaped: string): string {
  const bytes = escaped.replace(/\\#([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** rsync's own `--info=progress2` line, if the chunk holds one: `  1,234,567  42%   10.00MB/s    0:00:01`. */
export function progressLine(chunk: string): { percent: number; rate: string; bytes: number } | undefined {
  const matches = [...chunk.matchAll(/\r\s*([\d.,]+)\s+(\d+)%\s+(\S+\/s)/g)]
  const last = matches.at(-1)
  if (last === undefined) return undefined
  return { bytes: Number(last[1]!.replace(/[.,]/g, '')), percent: Number(last[2]), rate: last[3]! }
}
