import type { FactsOf } from '../resource.ts'
import type { FileRequest, PoolerRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { judged, missing, type Change, type Managed } from '../resource.ts'
import { hangUp, reloadDue, rootChange } from './root-change.ts'

type Q = { pooler: PoolerRequest; config: FileRequest; databases: FileRequest; users: FileRequest; due: FileRequest }

/** What PgBouncer checks a password by, and a SCRAM verifier with each of them; `md5` is what it takes without a word. */
const takesScram = ['md5', 'scram-sha-256', 'hba']
/** These let everybody in, or keep passwords in plain text; whoever logs in by them can by SCRAM as well. */
const lax = ['any', 'trust', 'plain']

/** PgBouncer runs, and reads the tenants' entries and credentials. */
export function pgbouncerResource({ pgbouncer }: Host, pooler: PoolerRequest): Managed<Q> {
  const { config, databases, users } = pgbouncer
  return {
    address: 'host.pgbouncer',
    requests: {
      pooler,
      config: { kind: 'file', path: config },
      databases: { kind: 'file', path: databases },
      users: { kind: 'file', path: users },
      due: reloadDue('pgbouncer')
    },
    remedy: `see that PgBouncer runs (systemctl start pgbouncer), and that ${config} has auth_file = ${users} and auth_type = scram-sha-256; or name other files under pgbouncer in the host's file`,
    compare(facts) {
      if (facts.pooler.config === null) return missing(config, 'a file')
      const { includes, settings } = facts.pooler.config
      const differences: Difference[] = []
      const expect = (attribute: string, holds: boolean, expected: string, actual: string) => {
        if (!holds) differences.push({ attribute, expected, actual })
      }
      expect(databases, facts.databases.exists, 'a file', 'missing')
      expect(users, facts.users.exists, 'a file', 'missing')
      expect(`mode of ${users}`, !isOpen(facts), 'no access for others', facts.users.mode ?? 'unknown')
      expect(config, includes, `%include ${databases}`, 'no such line')
      expect('auth_file', settings['auth_file'] === users, users, settings['auth_file'] ?? 'not set')
      const type = settings['auth_type'] ?? 'md5'
      expect('auth_type', takesScram.includes(type), 'scram-sha-256', type)
      expect('PgBouncer', facts.pooler.running, 'running', 'not running')
      if (facts.pooler.running) expect('loaded by PgBouncer', !facts.due.exists, 'all files as they are', 'older ones')
      return judged(differences)
    },
    changes(facts) {
      if (facts.pooler.config === null) return []
      const { includes, settings } = facts.pooler.config
      const changes: Change[] = []
      if (!facts.databases.exists) changes.push(makeFile(databases, '[databases]', false))
      if (!facts.users.exists) changes.push(makeFile(users, '', true))
      if (isOpen(facts) && facts.pooler.running) changes.push(close())
      const add = includes ? '' : databases
      const file = settings['auth_file'] === undefined ? users : ''
      const type = lax.includes(settings['auth_type'] ?? '') ? 'scram-sha-256' : ''
      if (add !== '' || file !== '' || type !== '') changes.push(configure(add, file, type))
      else if (facts.due.exists && facts.pooler.running) changes.push(reload())
      return changes
    }
  }

  function isOpen(facts: FactsOf<Q>): boolean {
    return facts.users.exists && !(facts.users.mode ?? '').endsWith('0')
  }

  /** PgBouncer has to read it, and whoever it runs as reads the main file. */
  function makeFile(path: string, text: string, isClosed: boolean): Change {
    return rootChange(`make ${path}`, {
      script: `${closeToOthers}
[ -e "$1" ] && exit 0
trap 'rm -f -- "$1.new"' EXIT
umask 077
printf '%s\\n' "$3" >"$1.new"
chown --reference="$2" -- "$1.new"
chmod --reference="$2" -- "$1.new"
chmod o-w -- "$1.new"
case $4,$(stat -c %a -- "$1.new") in ,* | *0) ;; *) close_to_others "$1.new" "$4" ;; esac
mv -f -- "$1.new" "$1"`,
      args: [path, config, text, isClosed ? pgbouncer.pid : ''],
      needs: ['setpriv']
    })
  }

  function close(): Change {
    return rootChange(`close ${users} to others`, {
      script: `${closeToOthers}\nclose_to_others "$(readlink -f -- "$1")" "$2"`,
      args: [users, pgbouncer.pid],
      needs: ['setpriv']
    })
  }

  function reload(): Change {
    return rootChange('have PgBouncer read its files again', {
      script: `${hangUp}\nhang_up "$1" pgbouncer`,
      args: [pgbouncer.pid]
    })
  }

  /** The include stands below `[databases]`, as what is included may end in any section. */
  function configure(add: string, file: string, type: string): Change {
    const told = [
      add === '' ? '' : `include ${add}`,
      file === '' ? '' : 'set auth_file',
      type === '' ? '' : 'set auth_type'
    ]
    return rootChange(`${told.filter((each) => each !== '').join(', ')} in ${config}`, {
      script: `${hangUp}
path=$(readlink -f -- "$1")
trap 'rm -f -- "$path.new"' EXIT
umask 077
add=$2
if grep -Fqx "%include $add" "$path"; then add=; fi
awk -v add="$add" -v file="$3" -v type="$4" '
  function leave() {
    if (section == "databases" && add != "") { print "%include " add; print ""; add = "" }
    if (section == "pgbouncer") settings()
  }
  function settings() {
    if (file != "") { print "auth_file = " file; file = "" }
    if (type != "") { print "auth_type = " type; type = "" }
  }
  /^[ \\t]*\\[/ { leave(); section = $0; gsub(/[][ \\t\\r]/, "", section) }
  section == "pgbouncer" && type != "" && /^[ \\t]*auth_type[ \\t]*=/ { next }
  { print }
  END {
    leave()
    if (add != "") { print ""; print "[databases]"; print "%include " add }
    if (file != "" || type != "") { print ""; print "[pgbouncer]"; settings() }
  }' "$path" >"$path.new"
chown --reference="$path" -- "$path.new"
chmod --reference="$path" -- "$path.new"
reload_due pgbouncer
mv -f -- "$path.new" "$path"
hang_up "$5" pgbouncer`,
      args: [config, add, file, type, pgbouncer.pid],
      needs: ['awk']
    })
  }
}

/**
 * `close_to_others PATH PIDFILE`: PgBouncer reads the file still, by its group where it does not own it, and others do
 * not. Where it would not, or nobody can tell whether it would, the file stays as it was.
 */
const closeToOthers = `close_to_others() {
  pid=$(cat -- "$2" 2>/dev/null) || pid=none
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = pgbouncer ] || { echo "PgBouncer does not run, so nobody knows who has to read $1" >&2; return 1; }
  uid=$(awk '$1 == "Uid:" { print $3 }' "/proc/$pid/status") gid=$(awk '$1 == "Gid:" { print $3 }' "/proc/$pid/status")
  groups=$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$pid/status" | sed 's/ *$//; s/ /,/g')
  before=$(stat -c '%g %a' -- "$1")
  if [ "$(stat -c %u -- "$1")" = "$uid" ]; then chmod u+r,o= -- "$1"
  else
    chgrp -- "$gid" "$1"
    chmod g+r,o= -- "$1"
  fi
  setpriv --reuid "$uid" --regid "$gid" --groups "\${groups:-$gid}" test -r "$1" && return
  chgrp -- "\${before% *}" "$1"
  chmod -- "\${before#* }" "$1"
  echo "PgBouncer could not read $1 any more (it runs as uid $uid, gid $gid)" >&2
  return 1
}`
