import type { FileRequest } from '../../facts/requests.ts'
import { readUnits, STARTED, UNIT } from '../host/boot.ts'
import { rootChange } from '../host/root-change.ts'
import { IN_SYNC, missing, judged, type Managed } from '../resource.ts'

/** The tenant's processes come back when the machine starts. */
export function bootResource(tenant: string): Managed<{ link: FileRequest }> {
  const path = `${STARTED}/tenant@${tenant}.service`
  return {
    address: 'boot',
    requests: { link: { kind: 'file', path } },
    compare({ link }) {
      if (link.link === UNIT) return IN_SYNC
      if (link.link === undefined && !link.exists) return missing(path, `a link to ${UNIT}`)
      return judged([{ attribute: path, expected: `a link to ${UNIT}`, actual: link.link ?? 'no link' }])
    },
    changes: () => [
      rootChange(`start tenant@${tenant} with the machine`, {
        script: `mkdir -p -- "\${1%/*}"
ln -sfn -- "$2" "$1.new"
mv -T -f -- "$1.new" "$1"
${readUnits}`,
        args: [path, UNIT]
      })
    ]
  }
}
