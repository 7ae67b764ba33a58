import type { FileFact, FileRequest, Tree, TreeEntry, TreeRequest } from '../facts/facts.ts'
import type { Difference, FileChanges, LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { judged, missing, type Resource } from './resource.ts'

export interface Widget {
  /** Path in the app's release. */
  file: string
  /** Path in the marketing site. */
  to: string
}

type Q = { live: TreeRequest; widget: FileRequest }

export interface FilesResource extends Resource<Q> {
  /** What the lane shall hold, given what the host says: the source, with the live app's widget in its place. */
  desired(facts: { live: { files: Tree }; widget: FileFact }): Tree
}

const MOST_WIDGET_BYTES = 8 * 1024 * 1024

/**
 * What a lane has shipped, by content and executable bit, in its live release. Without a source (null) the
 * site shall stay as it is and only its widget be the live app's.
 */
export function filesResource(
  layout: Layout,
  lane: LaneName,
  source: Tree | null,
  widget: Widget | null
): FilesResource {
  const { current } = layout.lane(lane)
  const resource: FilesResource = {
    address: `${lane}.files`,
    requests: {
      live: { kind: 'tree', root: current, recordedIn: `${current}/${layout.record}` },
      widget:
        widget === null
          ? { kind: 'file', path: '/dev/null' }
          : { kind: 'file', path: `${layout.lane('app').current}/${widget.file}`, contentUpTo: MOST_WIDGET_BYTES }
    },
    desired({ live, widget: built }) {
      const tree = source ?? live.files
      if (widget === null || built.sha256 === undefined) return tree
      return { ...tree, [widget.to]: { sha256: built.sha256, executable: false, bytes: built.bytes ?? 0 } }
    },
    compare(facts) {
      if (!facts.live.exists) return missing('files', `${Object.keys(resource.desired(facts)).length} files`)
      return judged(treeDifferences(resource.desired(facts), facts.live.files))
    }
  }
  return resource
}

function treeDifferences(desired: Tree, live: Tree): Difference[] {
  const { created, changed, deleted } = treeChanges(desired, live)
  return [
    ...created.map((path) => ({ attribute: path, expected: named(desired[path]!), actual: 'missing' })),
    ...changed.map((path) => ({ attribute: path, expected: named(desired[path]!), actual: named(live[path]!) })),
    ...deleted.map((path) => ({ attribute: path, expected: 'no such file', actual: named(live[path]!) }))
  ]
}

/** What a sync of `desired` over `live` would do. */
export function treeChanges(desired: Tree, live: Tree): FileChanges {
  const created = Object.keys(desired)
    .filter((path) => live[path] === undefined)
    .sort()
  const changed = Object.keys(desired)
    .filter((path) => live[path] !== undefined && !same(desired[path]!, live[path]))
    .sort()
  const deleted = Object.keys(live)
    .filter((path) => desired[path] === undefined)
    .sort()
  const bytes = [...created, ...changed].reduce((sum, path) => sum + desired[path]!.bytes, 0)
  return { created, changed, deleted, bytes }
}

function same(a: TreeEntry, b: TreeEntry): boolean {
  return a.sha256 === b.sha256 && a.link === b.link && a.executable === b.executable
}

function named(entry: TreeEntry): string {
  if (entry.link !== undefined) return `link to ${entry.link}`
  return `sha256 ${entry.sha256?.slice(0, 12)}${entry.executable ? ', executable' : ''}`
}
