import type { FileFact } from '../../facts/facts.ts'
import type { FileRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import type { Layout } from '../../tenant/layout.ts'
import { exactMode } from '../host/folders.ts'
import { rootChange } from '../host/root-change.ts'
import { judged, missing, type Managed } from '../resource.ts'

/** The folder of the records of what shipped: the account that deploys writes it, and the tenant's account only reads it. */
export function recordsResource({ user }: Pick<Host, 'user'>, layout: Layout): Managed<{ folder: FileRequest }> {
  const path = layout.records.root
  const expected = { type: 'folder', owner: user, group: layout.account, mode: '0750' } as const
  const differencesOf = (fact: FileFact): Difference[] =>
    (['type', 'owner', 'group', 'mode'] as const)
      .filter((attribute) => fact[attribute] !== expected[attribute])
      .map((attribute) => ({
        attribute: `${attribute} of ${path}`,
        expected: expected[attribute],
        actual: fact[attribute] ?? 'unknown'
      }))
  return {
    address: 'records',
    requests: { folder: { kind: 'file', path } },
    compare: ({ folder }) => (folder.exists ? judged(differencesOf(folder)) : missing(path, 'a folder')),
    changes: ({ folder }) =>
      folder.exists && differencesOf(folder).length === 0
        ? []
        : [
            rootChange(`make the folder ${path}`, {
              script: `install -d -o root -g root -m 0755 -- "\${1%/*/*}" "\${1%/*}"
install -d -o "$2" -g "$3" -m "$4" -- "$1"
${exactMode('$4', '$1')}`,
              args: [path, user, layout.account, expected.mode]
            })
          ]
  }
}
