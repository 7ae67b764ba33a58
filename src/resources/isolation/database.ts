import type { DatabaseRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import { adminSql, identifier, literal } from '../administrator.ts'
import { judged, missing, type Managed } from '../resource.ts'

const ENCODING = 'UTF8'

/** The tenant's database: it belongs to the role, and nobody else may connect. */
export function databaseResource(request: DatabaseRequest): Managed<{ database: DatabaseRequest }> {
  const { administrator, database: name, role } = request
  return {
    address: 'database',
    requests: { database: request },
    remedy: `a database keeps the encoding that it was made in: back it up, rename it, provision again, and restore the backup`,
    compare({ database: { database } }) {
      if (database === null) return missing(name, 'a database')
      const differences: Difference[] = []
      const expect = (attribute: string, expected: string, actual: string) => {
        if (expected !== actual) differences.push({ attribute, expected, actual })
      }
      expect('owner', role, database.owner)
      expect('encoding', ENCODING, database.encoding)
      expect('allows connections', 'yes', database.allowsConnections ? 'yes' : 'no')
      expect('who may connect', role, database.connect.length === 0 ? 'nobody' : database.connect.join(', '))
      return judged(differences)
    },
    changes({ database: { database } }) {
      const connect = database?.connect.join(', ')
      if (database !== null && database.owner === role && database.allowsConnections && connect === role) return []
      const what = database === null ? `make the database ${name}` : `give the database ${name} to ${role} alone`
      return [{ what, ...adminSql(administrator, 'postgres', statements(name, role)) }]
    }
  }
}

/** A database that is new lets nobody in until it is the role's alone. */
function statements(name: string, role: string): string {
  const create = `CREATE DATABASE ${identifier(name)} OWNER ${identifier(role)} TEMPLATE template0 ENCODING '${ENCODING}' ALLOW_CONNECTIONS false`
  return `SET client_min_messages = warning;
SET lock_timeout = '15s';
SELECT $create$${create}$create$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(name)}) \\gexec
ALTER DATABASE ${identifier(name)} OWNER TO ${identifier(role)};
DO $change$
DECLARE grantee text;
BEGIN
  FOR grantee IN
    SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END
    FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) acl
    WHERE datname = ${literal(name)} AND acl.grantee <> datdba
  LOOP
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM %s CASCADE', ${literal(name)}, grantee);
  END LOOP;
END
$change$;
GRANT ALL ON DATABASE ${identifier(name)} TO ${identifier(role)};
ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS true;
`
}
