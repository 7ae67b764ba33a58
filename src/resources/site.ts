import { createHash } from 'node:crypto'
import type { FileFact, FileRequest } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { judged, missing, type Resource } from './resource.ts'

type Q = { file: FileRequest }

export interface SiteResource extends Resource<Q> {
  readonly path: string
  readonly text: string
}

const MOST_SITE_BYTES = 1024 * 1024

/** The lane's nginx site, exactly as the template renders it. */
export function siteResource(layout: Layout, lane: LaneName, text: string): SiteResource {
  const path = layout.site(lane)
  return {
    address: `${lane}.site`,
    path,
    text,
    requests: { file: { kind: 'file', path, contentUpTo: MOST_SITE_BYTES } },
    compare({ file }) {
      if (!file.exists) return missing(path, 'the site')
      const expected = createHash('sha256').update(text).digest('hex')
      return file.sha256 === expected
        ? judged([])
        : judged([
            {
              attribute: path,
              expected: `sha256 ${expected.slice(0, 12)}`,
              actual: `sha256 ${file.sha256?.slice(0, 12)}`
            }
          ])
    }
  }
}

/** What the site's file holds now, or null where there is none. */
export function siteText(fact: FileFact): string | null {
  return fact.exists ? Buffer.from(fact.content ?? '', 'base64').toString('utf8') : null
}
