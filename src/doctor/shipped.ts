import type { FileRequest } from '../facts/requests.ts'
import type { Migration } from '../resources/migrations.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import { IN_SYNC, type Resource } from '../resources/resource.ts'
import type { LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import type { App } from '../tenant/schema.ts'

const MOST_SITE_BYTES = 1024 * 1024

/** The nginx site that the live release was published with: a fact to compare others by, right as it is. */
export function shippedSiteResource(layout: Layout, lane: LaneName): Resource<{ file: FileRequest }> {
  const path = `${layout.lane(lane).current}/${layout.siteRecord}`
  return {
    address: `${lane}.shipped-site`,
    requests: { file: { kind: 'file', path, contentUpTo: MOST_SITE_BYTES } },
    compare: () => IN_SYNC
  }
}

/** The migrations that came with a release. */
export function shippedMigrations({ migrations: folder }: App, { files }: ReleaseRecord): Migration[] {
  return Object.entries(files).flatMap(([path, { sha256 }]) => {
    const name = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : ''
    return name.endsWith('.sql') && !name.includes('/') && sha256 !== undefined ? [{ name, sql: '', sha256 }] : []
  })
}
