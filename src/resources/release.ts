import type { FileRequest, ReleasesRequest } from '../facts/requests.ts'
import type { LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { MOST_RECORD_BYTES, readRecord } from './record.ts'
import { IN_SYNC, judged, missing, type Resource } from './resource.ts'

type Q = { releases: ReleasesRequest; record: FileRequest }

/** The lane's live release: there is one, it is one of ours, and it was made the way the manifest says. */
export function releaseResource(layout: Layout, lane: LaneName, recipe: Record<string, string>): Resource<Q> {
  const { root, current } = layout.lane(lane)
  return {
    address: `${lane}.release`,
    requests: {
      releases: { kind: 'releases', root, log: layout.records.log, lane },
      record: { kind: 'file', path: `${current}/${layout.record}`, contentUpTo: MOST_RECORD_BYTES }
    },
    compare({ releases, record }) {
      if (releases.current === null) return missing('current', 'a release')
      if (!releases.present.includes(releases.current)) {
        return {
          verdict: 'drifted',
          differences: [
            { attribute: 'current', expected: 'a release', actual: `points to ${releases.current}, which is not there` }
          ]
        }
      }
      const made = readRecord(record)
      if (made === null) return missing('record', layout.record)
      const names = new Set([...Object.keys(recipe), ...Object.keys(made.recipe)])
      const differences = [...names]
        .filter((name) => recipe[name] !== made.recipe[name])
        .map((name) => ({
          attribute: name,
          expected: recipe[name] ?? 'not set',
          actual: made.recipe[name] ?? 'not set'
        }))
      return differences.length === 0 ? IN_SYNC : judged(differences)
    }
  }
}
