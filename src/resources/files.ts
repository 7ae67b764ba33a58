import type { FileFact, Tree, TreeEntry } from '../facts/facts.ts'
import type { FileRequest, TreeRequest } from '../facts/requests.ts'
import type { Difference, FileChanges, LaneName } from '../report/report.ts'
import type { Layout } from '../tenant/layout.ts'
import { MOST_RECORD_BYTES, readRecord, type ReleaseRecord } from './record.ts'
import { judged, missing, type FactsOf, type Resource } from './resource.ts'

export interface Widget {
  /** Path in the app's release. */
  file: string
  /** Path in the marketing site. */
  to: string
}

type Q = { live: TreeRequest; widget: FileRequest; record: FileRequest }

export interface FilesResource extends Resource<Q> {
  /** What the lane shall hold, given what the host says: the source, with the live app's widget in its place. */
  desired(facts: FactsOf<Q>): Tree
  /** What lies in what is live and was never shipped; a new release does not have it. Of the app that is no difference: it builds there. */
  others(facts: FactsOf<Q>): string[]
  /** What is live, with the shipped content where the host's own build has rewritten a file since. */
  live(facts: FactsOf<Q>): Tree
}

const NEVER_SHIPPED = { expected: 'no such file', actual: 'a file that was never shipped' }
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
      live: {
        kind: 'tree',
        root: current,
        recordedIn: `${current}/${layout.record}`,
        ...(lane === 'marketing' && { othersOutside: layout.meta })
      },
      record: { kind: 'file', path: `${current}/${layout.record}`, contentUpTo: MOST_RECORD_BYTES },
      widget:
        widget === null
          ? { kind: 'file', path: '/dev/null' }
          : { kind: 'file', path: `${layout.lane('app').current}/${widget.file}`, contentUpTo: MOST_WIDGET_BYTES }
    },
    // Without its record, nobody knows what was shipped.
    others: ({ live, record }) => (record.exists ? (live.others ?? []) : []),
    live: ({ live, record }) => asShipped(live.files, readRecord(record)),
    desired(facts) {
      const built = facts.widget
      const tree = source ?? resource.live(facts)
      if (widget === null || built.sha256 === undefined) return tree
      return { ...tree, [widget.to]: { sha256: built.sha256, executable: false, bytes: built.bytes ?? 0 } }
    },
    compare(facts) {
      if (!facts.live.exists) return missing('files', `${Object.keys(resource.desired(facts)).length} files`)
      const others = resource.others(facts).map((path) => ({ attribute: path, ...NEVER_SHIPPED }))
      return judged([...treeDifferences(resource.desired(facts), resource.live(facts)), ...others])
    }
  }
  return resource
}

function asShipped(live: Tree, record: ReleaseRecord | null): Tree {
  const tree = { ...live }
  for (const [path, built] of Object.entries(record?.rebuilt ?? {})) {
    const shipped = record!.files[path]
    if (shipped !== undefined && same(built ?? undefined, live[path])) tree[path] = shipped
  }
  return tree
}

function treeDifferences(desired: Tree, live: Tree): Difference[] {
  const { created, changed, deleted } = treeChanges(desired, live)
  return [
    ...created.map((path) => ({ attribute: path, expected: named(desired[path]!), actual: 'missing' })),
    ...changed.map((path) => ({ attribute: path, expected: named(desired[path]!), actual: named(live[path]!) })),
    ...deleted.map((path) => ({ attribute: path, expected: 'no such file', actual: named(live[path]!) }))
  ]
}

/** A file that a deploy can take along from the app; who may only look is told what it is, and not its text. */
export function canBeStaged({ sha256, bytes = 0 }: FileFact): boolean {
  return sha256 !== undefined && bytes <= MOST_WIDGET_BYTES
}

/** What a sync of `desired` over `live` would do. */
export function treeChanges(desired: Tree, live: Tree): FileChanges {
  // A file may be named like something that every object has.
  const has = (tree: Tree, path: string) => Object.hasOwn(tree, path)
  const paths = Object.keys(desired).sort()
  const created = paths.filter((path) => !has(live, path))
  const changed = paths.filter((path) => has(live, path) && !same(desired[path], live[path]))
  const deleted = Object.keys(live)
    .filter((path) => !has(desired, path))
    .sort()
  const bytes = [...created, ...changed].reduce((sum, path) => sum + desired[path]!.bytes, 0)
  return { created, changed, deleted, bytes }
}

/** Paths of a tree whose content on the host is another than was shipped; null where the file is gone. */
export function rebuiltFiles(shipped: Tree, onHost: Tree): Record<string, TreeEntry | null> {
  const { created, changed } = treeChanges(shipped, onHost)
  return Object.fromEntries([...created.map((path) => [path, null]), ...changed.map((path) => [path, onHost[path]!])])
}

function same(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.sha256 === b?.sha256 && a?.link === b?.link && a?.executable === b?.executable
}

function named(entry: TreeEntry): string {
  if (entry.link !== undefined) return `link to ${entry.link}`
  return `sha256 ${entry.sha256?.slice(0, 12)}${entry.executable ? ', executable' : ''}`
}
