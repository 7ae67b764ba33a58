import type { RouteRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import type { Host } from '../../tenant/host.ts'
import { hangUp } from '../host/root-change.ts'
import { judged, type Managed } from '../resource.ts'

const REACH_MS = 90_000

/** The role logs in through PgBouncer, and arrives at its own database. */
export function poolRouteResource(
  { pgbouncer }: Host,
  database: string,
  user: string,
  password: string
): Managed<{ route: RouteRequest }> {
  const { address, port, pid } = pgbouncer
  const expected = `${database} as ${user}`
  return {
    address: 'pgbouncer.route',
    requests: { route: { kind: 'route', host: address, port, database, user, password } },
    compare({ route }) {
      const differences: Difference[] = []
      const actual = route.connected ? `${route.database} as ${route.user}` : (route.error ?? 'no connection')
      if (!route.connected || actual !== expected)
        differences.push({ attribute: `through ${address}:${port}`, expected, actual })
      return judged(differences)
    },
    changes: () => [
      {
        what: `have PgBouncer read its files again, and reach ${database} through it`,
        as: 'root',
        command: { script, args: [pid, address, String(port), database, user], needs: ['psql'] },
        input: `${password}\n`,
        deadlineMs: REACH_MS
      }
    ]
  }
}

/** After a login that the server refused, PgBouncer tries none for 15 seconds. */
const script = `${hangUp}
IFS= read -r PGPASSWORD
export PGPASSWORD PGCONNECT_TIMEOUT=5 PGPASSFILE=/dev/null
hang_up "$1" pgbouncer
for each in 1 2 3 4 5 6 7 8 9 10; do
  if said=$(psql -X -q -A -t -w -h "$2" -p "$3" -d "$4" -U "$5" -c 'SELECT 1' 2>&1 </dev/null); then exit 0; fi
  sleep 2
done
printf '%s\\n' "$said" >&2
exit 1`
