import type { FileFact } from '../../facts/facts.ts'
import type { FileRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import type { Tenant } from '../../tenant/schema.ts'
import { judged, type Managed } from '../resource.ts'
import { rootChange } from './root-change.ts'

interface Place {
  type: 'folder' | 'file'
  path: string
  owner: string
  mode: string
}

/** The folders that all tenants of a host share, and the file that nginx is had check. */
export function hostFoldersResource(host: Host, tenant: Tenant): Managed<Record<string, FileRequest>> {
  const { root, user, nginx, acme } = host
  const places: Place[] = [
    { type: 'folder', path: root, owner: 'root', mode: '0755' },
    { type: 'folder', path: nginx.sites, owner: user, mode: '0755' },
    { type: 'file', path: nginx.check, owner: user, mode: '0644' }
  ]
  if (tenant.tls === 'acme') {
    places.push(
      { type: 'folder', path: acme.webroot, owner: 'root', mode: '0755' },
      { type: 'folder', path: acme.certificates, owner: 'root', mode: '0700' }
    )
  }
  return {
    address: 'host.folders',
    requests: Object.fromEntries(places.map(({ path }) => [path, { kind: 'file', path }])),
    compare: (facts) => judged(places.flatMap((place) => differencesOf(place, facts[place.path]!))),
    changes: (facts) =>
      places.filter((place) => differencesOf(place, facts[place.path]!).length > 0).map((place) => make(place))
  }
}

function differencesOf({ type, path, owner, mode }: Place, fact: FileFact): Difference[] {
  if (!fact.exists) return [{ attribute: path, expected: `a ${type}`, actual: 'missing' }]
  const differences: Difference[] = []
  if (fact.type !== type) differences.push({ attribute: path, expected: `a ${type}`, actual: fact.type ?? 'unknown' })
  if (fact.owner !== owner)
    differences.push({ attribute: `owner of ${path}`, expected: owner, actual: fact.owner ?? 'unknown' })
  if (fact.mode !== mode)
    differences.push({ attribute: `mode of ${path}`, expected: mode, actual: fact.mode ?? 'unknown' })
  return differences
}

/** With four digits, a folder keeps the bit that hands its group on. */
export const exactMode = (mode: string, path: string) => `chmod -- "0${mode}" "${path}"`

function make({ type, path, owner, mode }: Place) {
  const script =
    type === 'folder'
      ? `install -d -o "$2" -m "$3" -- "$1"\n${exactMode('$3', '$1')}`
      : '[ -e "$1" ] || : >"$1"\n[ -f "$1" ]\nchown -- "$2" "$1"\nchmod -- "$3" "$1"'
  return rootChange(`make the ${type} ${path}`, { script, args: [path, owner, mode] })
}
