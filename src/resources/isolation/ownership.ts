import { foreignObjects } from '../../facts/database-queries.ts'
import type { DatabaseFact } from '../../facts/facts.ts'
import type { DatabaseRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import { adminSql } from '../administrator.ts'
import { judged, type Managed } from '../resource.ts'

/** How many of them the query names at once. */
const AT_ONCE = 1000
/** How many a report names one by one. */
const MOST_TOLD = 20
const MINUTES_MS = 300_000

/** Everything in the database belongs to the role, whoever made it. */
export function ownershipResource(request: DatabaseRequest): Managed<{ database: DatabaseRequest }> {
  const { administrator, database, role } = request
  return {
    address: 'database.ownership',
    requests: { database: request },
    compare: (facts) => judged(differencesOf(facts.database, role)),
    changes({ database: fact }) {
      const count = fact.database?.foreignCount ?? 0
      if (count === 0) return []
      const sql = `${intro}\\set role ${role}\n${round.repeat(Math.ceil(count / AT_ONCE))}`
      const what = `hand ${count} ${count === 1 ? 'object' : 'objects'} in ${database} to ${role}`
      return [{ what, ...adminSql(administrator, database, sql), deadlineMs: MINUTES_MS }]
    }
  }
}

function differencesOf({ database }: DatabaseFact, role: string): Difference[] {
  if (database === null) return []
  const { foreign, foreignCount } = database
  const differences = foreign
    .slice(0, MOST_TOLD)
    .map(({ kind, name, owner }) => ({ attribute: `owner of ${kind} ${name}`, expected: role, actual: owner }))
  const more = foreignCount - differences.length
  return more === 0
    ? differences
    : [...differences, { attribute: `owner of ${more} more`, expected: role, actual: 'other roles' }]
}

/**
 * Event triggers would run what they name as the administrator, who can't know what stands in it by now. This setting
 * holds them back in every version, unless they are made to fire always.
 */
const intro = `SET session_replication_role = replica;
SET lock_timeout = '15s';
SET client_min_messages = warning;
`

/** The same query that found them names them once more, so that what is gone by now is no error. */
const round = `BEGIN;
${foreignObjects.trim().replace(/;$/, '')} \\gset
SELECT format('ALTER %s %s OWNER TO %I', object->>'kind', object->>'name', :'role')
FROM json_array_elements(:'json_build_object'::json->'foreign') AS object \\gexec
COMMIT;
`
