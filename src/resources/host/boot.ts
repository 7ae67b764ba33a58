import type { FileRequest } from '../../facts/requests.ts'
import type { Host } from '../../tenant/host.ts'
import type { Managed } from '../resource.ts'
import { rootChange } from './root-change.ts'
import { compareTextFile } from './text-file.ts'

export const UNITS = '/etc/systemd/system'
/** Where the links to those stand that start with the machine. */
export const STARTED = `${UNITS}/multi-user.target.wants`
export const UNIT = `${UNITS}/tenant@.service`
const mode = '0644'

/** systemd reads its units again, where this host was started by systemd. */
export const readUnits = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi'

/** The unit that brings a tenant's processes back when the machine starts. */
export function hostBootResource({ root, path }: Host): Managed<{ file: FileRequest }> {
  const folders = [...path, '/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  const text = `[Unit]
Description=The app of tenant %i
After=network.target postgresql.service pgbouncer.service
# There is none before the first deploy.
ConditionPathExists=${root}/%i/pm2/dump.pm2

[Service]
Type=oneshot
RemainAfterExit=yes
User=tenant-%i
Environment=PM2_HOME=${root}/%i/pm2
Environment=PATH=${folders.join(':')}
ExecStart=/usr/bin/env pm2 resurrect

[Install]
WantedBy=multi-user.target
`
  return {
    address: 'host.boot',
    requests: { file: { kind: 'file', path: UNIT } },
    compare: ({ file }) => compareTextFile(UNIT, text, mode, file),
    changes: () => [
      rootChange(`write ${UNIT}`, {
        script: `mkdir -p -- "\${1%/*}"
cat >"$1.new"
chown root:root "$1.new"
chmod "$2" "$1.new"
mv -f -- "$1.new" "$1"
${readUnits}`,
        args: [UNIT, mode],
        input: text
      })
    ]
  }
}
