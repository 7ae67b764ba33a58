import { createHash } from 'node:crypto'
import type { FileFact } from '../../facts/facts.ts'
import type { FileRequest, NginxRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { judged, missing, type Change, type Managed } from '../resource.ts'
import { isLoaded } from '../site.ts'
import { hasLine, withLine } from './nginx-config.ts'
import { hangUp, reloadDue, rootChange } from './root-change.ts'

const MOST_CONFIG_BYTES = 1024 * 1024

/** nginx runs, and reads the tenants' sites. A site is checked by way of exactly this line. */
export function nginxResource({
  nginx
}: Host): Managed<{ config: FileRequest; nginx: NginxRequest; due: FileRequest }> {
  const line = `include ${nginx.sites}/*.conf;`
  return {
    address: 'host.nginx',
    requests: {
      config: { kind: 'file', path: nginx.config, contentUpTo: MOST_CONFIG_BYTES },
      nginx: { kind: 'nginx', pidFile: nginx.pid },
      due: reloadDue('nginx')
    },
    remedy: `see that nginx runs (systemctl start nginx), and that ${nginx.config} has in its http block the line: ${line}`,
    compare(facts) {
      if (!facts.config.exists) return missing(nginx.config, 'a file')
      const differences: Difference[] = []
      if (!hasLine(textOf(facts.config), line))
        differences.push({ attribute: nginx.config, expected: line, actual: 'no such line' })
      if (!facts.nginx.running) differences.push({ attribute: 'nginx', expected: 'running', actual: 'not running' })
      else if (!isLoaded(facts.config, facts.nginx))
        differences.push({ attribute: 'loaded by nginx', expected: 'the file as it is', actual: 'an older one' })
      else if (facts.due.exists)
        differences.push({ attribute: 'loaded by nginx', expected: 'all files as they are', actual: 'older ones' })
      return judged(differences)
    },
    changes(facts) {
      const text = facts.config.exists ? textOf(facts.config) : ''
      const wanted = hasLine(text, line) ? null : withLine(text, line)
      if (wanted !== null) return [include(wanted, text)]
      return hasLine(text, line) && facts.nginx.running ? [reload()] : []
    }
  }

  function include(wanted: string, from: string): Change {
    return rootChange(`include ${nginx.sites} in ${nginx.config}`, {
      script: `${hangUp}
path=$(readlink -f -- "$1")
if grep -v '^[[:space:]]*#' "$path" | grep -Fq "$5"; then
  hang_up "$4" nginx
  exit 0
fi
trap 'rm -f -- "$path.new"' EXIT
cat >"$path.new"
now=$(sha256sum <"$path")
[ "\${now%% *}" = "$2" ] || { echo "$1 was changed by somebody else meanwhile" >&2; exit 1; }
chown --reference="$path" -- "$path.new"
chmod --reference="$path" -- "$path.new"
"$3" -t -q -c "$path.new"
reload_due nginx
mv -f -- "$path.new" "$path"
hang_up "$4" nginx`,
      args: [nginx.config, createHash('sha256').update(from).digest('hex'), nginx.command, nginx.pid, line],
      needs: [nginx.command],
      input: wanted
    })
  }

  function reload(): Change {
    return rootChange('reload nginx', { script: `${hangUp}\nhang_up "$1" nginx`, args: [nginx.pid] })
  }

  function textOf(file: FileFact): string {
    return Buffer.from(file.content ?? '', 'base64').toString('utf8')
  }
}
