import type { FileRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { layout } from '../../tenant/layout.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { rootChange } from '../host/root-change.ts'
import { judged, missing, type Managed } from '../resource.ts'

type Lanes = Pick<Tenant, 'name' | 'app' | 'marketing'>

/** Where nginx notes the visitors of the tenant's sites, as their templates have it. */
export function siteLogs(host: Pick<Host, 'root' | 'nginx'>, tenant: Lanes): string[] {
  const lanes = (['app', 'marketing'] as const).filter((lane) => tenant[lane] !== undefined)
  return lanes.flatMap((lane) => Object.values(layout(host, tenant).siteLogs(lane)))
}

/**
 * What nginx notes of the tenant's visitors is not for the other accounts of the host. nginx makes a log that everybody
 * reads, and leaves one that is there already as it is.
 */
export function logsResource(host: Pick<Host, 'root' | 'nginx'>, tenant: Lanes): Managed<Record<string, FileRequest>> {
  const paths = siteLogs(host, tenant)
  return {
    address: 'logs',
    requests: Object.fromEntries(paths.map((path) => [path, { kind: 'file', path, unread: true }])),
    compare(facts) {
      if (paths.every((path) => !facts[path]!.exists)) return missing(paths.join(', '), 'logs closed to other accounts')
      return judged(
        paths.flatMap((path): Difference[] => {
          const { exists, mode = 'unknown' } = facts[path]!
          if (!exists) return [{ attribute: path, expected: 'a log closed to other accounts', actual: 'missing' }]
          return mode.endsWith('0')
            ? []
            : [{ attribute: `mode of ${path}`, expected: 'no access for others', actual: mode }]
        })
      )
    },
    changes: () => [
      rootChange(`close the logs of ${tenant.name}'s sites to other accounts`, {
        script: `umask 027
for path; do
  [ -e "$path" ] || { : >>"$path"; chgrp --reference="\${path%/*}" -- "$path"; }
  chmod o= -- "$path"
done`,
        args: paths
      })
    ]
  }
}
