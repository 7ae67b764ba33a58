import type { LogFormat } from './logs.ts'

export interface ReadLine {
  /** In ms since the epoch; null where the line does not say it. */
  at: number | null
  text: string
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** PM2's `time: true`, in the local time of the host. */
const pm2 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d): ?/
/** https://nginx.org/en/docs/ngx_core_module.html#error_log, in the local time of the host. */
const error = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d) /
/**
 * nginx' combined format. A visitor can put a time of their own choice before it (as a user's name) or after it, but no
 * quote: nginx writes that as an escape.
 */
const access = /\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "/

// In another's terminal and in JSON they say nothing.
const colours = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;]*m`, 'g')

/** Reads when a line was written, and takes the time off where it stands first. */
export function readLine(format: LogFormat, line: string): ReadLine {
  if (format === 'access') return { at: accessTime(line), text: plain(line) }
  const match = (format === 'pm2' ? pm2 : error).exec(line)
  const at = match === null ? null : localTime(match.slice(1).map(Number))
  return { at, text: plain(at === null ? line : line.slice(match![0].length)) }
}

function plain(text: string): string {
  return text.replace(colours, '')
}

function accessTime(line: string): number | null {
  const match = access.exec(line)
  if (match === null) return null
  const [, day, month = '', year, hours, minutes, seconds, sign, offsetHours, offsetMinutes] = match
  const at = Date.UTC(+year!, months.indexOf(month), +day!, +hours!, +minutes!, +seconds!)
  const offset = (+offsetHours! * 60 + +offsetMinutes!) * 60_000
  return months.includes(month) ? at - (sign === '-' ? -offset : offset) : null
}

/** What a clock on this host's wall would have called that time; null for a time that no clock shows. */
function localTime([year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0]: number[]): number | null {
  const date = new Date(year, month - 1, day, hours, minutes, seconds)
  // A thirteenth month would be the first one of the next year.
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : null
}
