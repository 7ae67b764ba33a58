import type { FileRequest } from '../../facts/requests.ts'
import type { Change } from '../resource.ts'

const MINUTE_MS = 60_000
/** Where only root makes or reads anything, and nothing outlives the machine: as no program outlives it with old files. */
const notes = '/run/tenant-deploy'

interface RootChange {
  script: string
  args?: string[]
  needs?: readonly string[]
  input?: string
  /** Those of one queue wait for each other. */
  queue?: 'lock' | 'packages'
  /** How long it takes at the most once it is its turn, in ms; the same for all of one queue. */
  mostMs?: number
}

/**
 * A change that root makes to what the tenants of a host share. One at a time: the lock stands where only root can
 * make or hold it, and is waited for as long as another run may hold it. What it starts must not inherit descriptor 9,
 * or a daemon would keep the lock for ever.
 */
export function rootChange(what: string, change: RootChange): Change {
  const { script, args = [], needs = [], input, queue = 'lock', mostMs = MINUTE_MS } = change
  return {
    what,
    as: 'root',
    command: {
      script: `cd /
umask 022
mkdir -p -m 0700 ${notes}
exec 9>>${notes}/${queue}
flock -w ${mostMs / 1000} 9 || { echo 'another run holds ${notes}/${queue}' >&2; exit 75; }
${script}`,
      args,
      needs: ['flock', ...needs]
    },
    ...(input === undefined ? {} : { input }),
    deadlineMs: 2 * mostMs
  }
}

type Reloaded = 'nginx' | 'pgbouncer'

/** A file that is there where a program has not read its files since they were changed: a run was cut off in between. */
export function reloadDue(program: Reloaded): FileRequest {
  return { kind: 'file', path: dueFile(program), unread: true }
}

const dueFile = (program: string) => `${notes}/${program}.reload`

/**
 * `reload_due PROGRAM` comes before the first of its files is changed, and `hang_up FILE PROGRAM` after the last: it has
 * the program whose process id is in the file read them again, if it runs. nginx takes a moment, and leaves everything
 * as it was where it does not like what it reads.
 */
export const hangUp = `reload_due() { : >"${dueFile('$1')}"; }
workers() { sed -n "s/^\\([0-9]*\\) (nginx) [A-Z] $1 .*/\\1/p" /proc/[0-9]*/stat 2>/dev/null || :; }
hang_up() {
  if pid=$(cat -- "$1" 2>/dev/null) && [ "$(cat "/proc/\${pid:-none}/comm" 2>/dev/null)" = "$2" ]; then
    old=" $(workers "$pid" | tr '\\n' ' ')"
    kill -HUP "$pid"
    [ "$2" != nginx ] || renewed "$pid" "$old" || { echo 'nginx goes on with what it read before:' >&2; "/proc/$pid/exe" -t -q; return 1; }
  fi
  rm -f -- "${dueFile('$2')}"
}
renewed() {
  for each in $(seq 100); do
    for worker in $(workers "$1"); do
      case $2 in *" $worker "*) ;; *) return 0 ;; esac
    done
    sleep 0.1
  done
  return 1
}`
