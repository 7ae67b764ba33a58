import { basename, dirname } from 'node:path'
import type { LogFormat, LogSource } from '../facts/logs.ts'
import type { LaneName, LogEntry } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'

/** The logs that one account reads. */
export interface Reading {
  account: string
  sources: Record<string, LogSource>
}

type Source = LogEntry['source']

/** Of lines of the same second, those of the first of these come first: a visitor asks, and nginx notes the answer. */
const ORDER: readonly Source[] = ['out', 'error', 'nginx', 'access']

/**
 * What the app's processes print is in a folder of the tenant's, who can put there what it likes: it is read as the
 * tenant. Of all releases, as the one that is live now may have begun a moment ago. nginx' logs are closed to all but root.
 */
export function readingsOf(layout: Layout, lanes: readonly LaneName[]): Reading[] {
  const printed = { folder: layout.logs, format: 'pm2' } as const
  const app = {
    [nameOf('app', 'out')]: { ...printed, name: '*.out.log' },
    [nameOf('app', 'error')]: { ...printed, name: '*.error.log' }
  }
  const nginx = lanes.flatMap((lane) => {
    const { access, error } = layout.siteLogs(lane)
    return [
      [nameOf(lane, 'nginx'), at(error, 'error')],
      [nameOf(lane, 'access'), at(access, 'access')]
    ] as const
  })
  return [
    ...(lanes.includes('app') ? [{ account: layout.account, sources: app }] : []),
    { account: 'root', sources: Object.fromEntries(nginx) }
  ]
}

function at(path: string, format: LogFormat): LogSource {
  return { folder: dirname(path), name: basename(path), format }
}

function nameOf(lane: LaneName, source: Source): string {
  return `${lane}.${source}`
}

/** The lane and the source that a name of ours stands for; null for any other. */
export function sourceOf(name: string): { lane: LaneName; source: Source } | null {
  const lane = (['app', 'marketing'] as const).find((one) => name.startsWith(`${one}.`))
  const source = ORDER.find((one) => name.endsWith(`.${one}`))
  return lane === undefined || source === undefined || name !== nameOf(lane, source) ? null : { lane, source }
}

/** The place of a source among those of the same second. */
export function rankOf(name: string): number {
  const named = sourceOf(name)
  return named === null ? -1 : ORDER.indexOf(named.source) * 2 + (named.lane === 'app' ? 0 : 1)
}
