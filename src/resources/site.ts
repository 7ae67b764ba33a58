import { createHash } from 'node:crypto'
import type { FileFact, NginxFact } from '../facts/facts.ts'
import type { FileRequest, NginxRequest } from '../facts/requests.ts'
import type { Difference, LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { judged, missing, type Resource } from './resource.ts'

type Q = { file: FileRequest; nginx: NginxRequest }

export interface SiteResource extends Resource<Q> {
  readonly path: string
  readonly text: string
}

const MOST_SITE_BYTES = 1024 * 1024

/** The lane's nginx site, exactly as the template renders it. */
export function siteResource(layout: Layout, lane: LaneName, text: string, pidFile: string): SiteResource {
  const path = layout.site(lane)
  return {
    address: `${lane}.site`,
    path,
    text,
    requests: { file: { kind: 'file', path, contentUpTo: MOST_SITE_BYTES }, nginx: { kind: 'nginx', pidFile } },
    compare({ file, nginx }) {
      if (!file.exists) return missing(path, 'the site')
      const expected = createHash('sha256').update(text).digest('hex')
      const differences: Difference[] = []
      if (file.sha256 !== expected) {
        const short = (hash: string | undefined) => `sha256 ${hash?.slice(0, 12)}`
        differences.push({ attribute: path, expected: short(expected), actual: short(file.sha256) })
      }
      if (!isLoaded(file, nginx)) {
        differences.push({ attribute: 'loaded by nginx', expected: 'the file as it is', actual: 'an older one' })
      }
      return judged(differences)
    }
  }
}

/** How far the clocks of the file system and of the process table may lie apart, in ms. */
const CLOCKS_MS = 50

/** Whether nginx read the site after it was written: a reload gives it new workers. */
export function isLoaded(file: FileFact, nginx: NginxFact): boolean {
  if (!nginx.running || file.mtimeMs === undefined) return false
  return nginx.workers.every(({ startedAtMs }) => file.mtimeMs! <= startedAtMs + CLOCKS_MS)
}

/** What the site's file holds now, or null where there is none. */
export function siteText(fact: FileFact): string | null {
  return fact.exists ? Buffer.from(fact.content ?? '', 'base64').toString('utf8') : null
}
