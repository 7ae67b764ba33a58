/** Asks for the last lines of log files and, with `follow`, for what is added to them from then on. */
export interface WatchRequest {
  /** By a name that the messages repeat. */
  sources: Record<string, LogSource>
  /** At most so many of the last lines of each source. */
  lines: number
  /** Nothing from before this time, in ms since the epoch. */
  since: number | null
  follow: boolean
}

/** One log, of which there may be several files: those that match the name, and what logrotate(8) made of them. */
export interface LogSource {
  folder: string
  /** The name of a file in the folder; one `*` in it stands for any text. */
  name: string
  format: LogFormat
}

/** Where a line says when it was written: before the text as PM2 has it, within it, or before it as nginx has it. */
export type LogFormat = 'pm2' | 'access' | 'error'

export interface WatchedLine {
  source: string
  /** In ms since the epoch; of a line that does not say it, that of the line before it. */
  at: number
  /** Without the time, where it stood at the beginning. */
  text: string
}

export type WatchMessage =
  | { kind: 'lines'; lines: WatchedLine[] }
  /** Something of a source could not be read; the rest goes on. */
  | { kind: 'trouble'; source: string; cause: string }
  /** The last lines are all told. `missing` sources have no file; of `cut` ones more was asked for than is read. */
  | { kind: 'ready'; missing: string[]; cut: string[] }
