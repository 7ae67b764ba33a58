import type { FileRequest } from '../../facts/requests.ts'
import type { Host } from '../../tenant/host.ts'
import type { Managed } from '../resource.ts'
import { TENANTS } from './group.ts'
import { rootChange } from './root-change.ts'
import { compareTextFile } from './text-file.ts'

export const SUDO_RULE = '/etc/sudoers.d/tenant-deploy'
const mode = '0440'

/** Writes `$1` with the mode `$2`, where sudo understands it. It reads no file with a dot in its name. */
export const writeRule = `trap 'rm -f -- "$1.new"' EXIT
umask 077
cat >"$1.new"
visudo -c -f "$1.new"
chown root:root "$1.new"
chmod "$2" "$1.new"
mv -f -- "$1.new" "$1"`

/** What the account that deploys may do, and no more: become a tenant's account, have nginx check and reload. */
export function sudoResource({ user, nginx }: Host): Managed<{ file: FileRequest }> {
  const text = `Defaults:${user} !requiretty
${user} ALL=(%${TENANTS}) NOPASSWD: ALL
${user} ALL=(root) NOPASSWD: ${nginx.command} -t -q -c ${nginx.check}, ${nginx.command} -s reload
`
  return {
    address: 'host.sudo',
    requests: { file: { kind: 'file', path: SUDO_RULE } },
    compare: ({ file }) => compareTextFile(SUDO_RULE, text, mode, file),
    changes: () => [
      rootChange(`let ${user} become the tenants' accounts and reload nginx`, {
        script: writeRule,
        args: [SUDO_RULE, mode],
        needs: ['visudo'],
        input: text
      })
    ]
  }
}
