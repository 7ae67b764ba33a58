import type { CredentialFact } from '../../facts/facts.ts'
import type { DatabaseRequest, PoolerRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { hangUp, rootChange } from '../host/root-change.ts'
import { judged, missing, type Managed } from '../resource.ts'

type Q = { database: DatabaseRequest; pooler: PoolerRequest }

/** PgBouncer knows the database, and the role by the very credential that PostgreSQL keeps of it: so it can log in for it. */
export function poolEntryResource({ postgres }: Host, database: DatabaseRequest, pooler: PoolerRequest): Managed<Q> {
  const { administrator, database: name, role } = database
  const entry = `host=${postgres.address} port=${postgres.port} dbname=${name} pool_mode=transaction`
  return {
    address: 'pgbouncer.entry',
    requests: { database, pooler },
    compare(facts) {
      if (facts.pooler.entry === null && !facts.pooler.listed) return missing(name, 'an entry and a credential')
      const differences: Difference[] = []
      if (facts.pooler.entry !== entry)
        differences.push({ attribute: name, expected: entry, actual: facts.pooler.entry ?? 'no entry' })
      const { credential } = facts.pooler
      if (!isSame(credential, facts.database.role?.credential ?? null)) {
        const actual = credential === null ? (facts.pooler.listed ? 'not SCRAM-SHA-256' : 'none') : 'another'
        differences.push({ attribute: `credential of ${role}`, expected: "PostgreSQL's own", actual })
      }
      return judged(differences)
    },
    changes: () => [
      rootChange(`write the entry of ${name} and the credential of ${role} for PgBouncer`, {
        script,
        args: [
          ...[pooler.databases, pooler.users, pooler.pidFile, name, entry, role],
          ...[administrator.account ?? '', administrator.host, String(administrator.port), administrator.role]
        ],
        needs: ['awk', 'psql', 'setpriv'],
        input: `${administrator.password ?? ''}\n`
      })
    ]
  }
}

function isSame(one: CredentialFact | null, other: CredentialFact | null): boolean {
  if (one === null || other === null) return false
  return one.salt === other.salt && one.iterations === other.iterations && one.digest === other.digest
}

/**
 * The credential goes from PostgreSQL into the file, by way of a file that only root reads, and nowhere else. The entry
 * stands at the end of `[databases]`, in which the file begins, as somebody may have added other sections below.
 */
const script = `${hangUp}
databases=$(readlink -f -- "$1") users=$(readlink -f -- "$2")
trap 'rm -f -- "$databases.new" "$users.new" "$users.role"' EXIT
umask 077
if IFS= read -r PGPASSWORD && [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
become() { "$@"; }
if [ -n "$7" ]; then
  group=$(id -g -- "$7")
  account=$7
  become() { setpriv --reuid "$account" --regid "$group" --init-groups "$@"; }
fi
export PGCONNECT_TIMEOUT=10 PGPASSFILE=/dev/null PGOPTIONS='-c role=none -c search_path=pg_catalog'
become psql -X -q -A -t -w -v ON_ERROR_STOP=1 -v role="$6" -h "$8" -p "$9" -U "\${10}" -d postgres >"$users.role" <<'END'
SELECT format('"%s" "%s"', rolname, rolpassword) FROM pg_authid
WHERE rolname = :'role' AND rolpassword LIKE 'SCRAM-SHA-256$%';
END
[ -s "$users.role" ] || { echo "the role $6 has no password that is kept as SCRAM-SHA-256" >&2; exit 1; }
put() {
  chown --reference="$1" -- "$1.new"
  chmod --reference="$1" -- "$1.new"
  mv -f -- "$1.new" "$1"
}
reload_due pgbouncer
awk -v role="\\"$6\\"" '$1 != role' "$users" >"$users.new"
cat -- "$users.role" >>"$users.new"
put "$users"
awk -v name="$4" -v entry="$5" '
  function leave() { if (inside && !written) { print name " = " entry; written = 1 } }
  BEGIN { inside = 1 }
  /^[ \\t]*\\[/ { section = $0; gsub(/[][ \\t\\r]/, "", section); if (section != "databases") leave(); inside = section == "databases" }
  { key = $0; sub(/=.*/, "", key); gsub(/[" \\t]/, "", key) }
  !inside || key != name { print }
  END { if (!inside && !written) print "[databases]"; inside = 1; leave() }' "$databases" >"$databases.new"
put "$databases"
hang_up "$3" pgbouncer`
