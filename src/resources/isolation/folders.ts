import type { FileFact } from '../../facts/facts.ts'
import type { FileRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import type { Layout } from '../../tenant/layout.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { exactMode } from '../host/folders.ts'
import { rootChange } from '../host/root-change.ts'
import { judged, missing, type Change, type Managed } from '../resource.ts'

interface Folder {
  path: string
  group: string
  mode: string
}

/** The tenant's folder, which nginx gets into and no other tenant, and the one of its PM2 daemon, which nobody else does. */
export function foldersResource(
  { nginx }: Host,
  tenant: Tenant,
  { account, root, pm2Home }: Layout
): Managed<Record<string, FileRequest>> {
  const own: Folder = { path: root, group: nginx.group, mode: '0750' }
  const daemon: Folder | null = tenant.app === undefined ? null : { path: pm2Home, group: account, mode: '0700' }
  return {
    address: 'folders',
    requests: {
      root: { kind: 'file', path: own.path },
      ...(daemon === null ? {} : { pm2: { kind: 'file', path: daemon.path } })
    },
    compare(facts) {
      if (!facts['root']!.exists) return missing(root, 'a folder')
      return judged([
        ...differencesOf(own, facts['root']!),
        ...(daemon === null ? [] : differencesOf(daemon, facts['pm2']!))
      ])
    },
    changes(facts) {
      const changes: Change[] = []
      if (differencesOf(own, facts['root']!).length > 0) changes.push(makeOwn())
      if (daemon !== null && differencesOf(daemon, facts['pm2']!).length > 0)
        changes.push(...makeWithin(daemon, facts['pm2']!))
      return changes
    }
  }

  function differencesOf({ path, group, mode }: Folder, fact: FileFact): Difference[] {
    if (!fact.exists) return [{ attribute: path, expected: 'a folder', actual: 'missing' }]
    const differences: Difference[] = []
    const expect = (attribute: string, expected: string, actual = 'unknown') => {
      if (expected !== actual) differences.push({ attribute: `${attribute} of ${path}`, expected, actual })
    }
    expect('type', 'folder', fact.link === undefined ? fact.type : `a link to ${fact.link}`)
    expect('owner', account, fact.owner)
    expect('group', group, fact.group)
    expect('mode', mode, fact.mode)
    return differences
  }

  function makeOwn(): Change {
    return rootChange(`make the folder ${root}`, {
      script: `[ ! -L "$1" ]
install -d -o "$2" -g "$3" -m "$4" -- "$1"
${exactMode('$4', '$1')}`,
      args: [own.path, account, own.group, own.mode]
    })
  }

  /**
   * What stands in a folder of the tenant's, it can replace at any time by a link to somewhere else. So the tenant makes
   * it, and root only gives away what it has entered and found to be at that place.
   */
  function makeWithin({ path, group, mode }: Folder, fact: FileFact): Change[] {
    const make: Change = {
      what: `make the folder ${path}`,
      as: account,
      command: { script: 'mkdir -p -m "$2" -- "$1"', args: [path, mode] }
    }
    const giveBack = rootChange(`give ${path} back to ${account}`, {
      script: `cd -P -- "$1"
[ "$(pwd -P)" = "$(cd -P -- "\${1%/*}" && pwd -P)/\${1##*/}" ] || { echo "$1 is a link" >&2; exit 1; }
chown -- "$2:$3" .
${exactMode('$4', '.')}`,
      args: [path, account, group, mode]
    })
    return fact.exists ? [giveBack] : [make]
  }
}
