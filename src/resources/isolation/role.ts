import type { CredentialFact, RoleFact } from '../../facts/facts.ts'
import type { DatabaseRequest } from '../../facts/requests.ts'
import type { Difference } from '../../report/report.ts'
import { adminSql, identifier, literal } from '../administrator.ts'
import { judged, missing, type Managed } from '../resource.ts'
import { matchesCredential, scramVerifier } from './scram.ts'

const RIGHTS = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'

/** The tenant's role: it can log in, and nothing else that reaches beyond its database; its password is the secret. */
export function roleResource(request: DatabaseRequest, password: string): Managed<{ database: DatabaseRequest }> {
  const { administrator, role: name } = request
  return {
    address: 'database.role',
    requests: { database: request },
    essential: true,
    remedy:
      name === administrator.role
        ? 'name another role in the manifest: this one is the administrator of the databases'
        : `name another role in the manifest: this superuser may be somebody's; if it is the tenant's, run as the administrator: ALTER ROLE ${identifier(name)} NOSUPERUSER`,
    compare: ({ database: { role } }) =>
      role === null ? missing(name, 'a role') : judged(differencesOf(role, password)),
    changes({ database: { role, database } }) {
      // Whoever has it would be out of the databases: a superuser that is not the tenant's by its database, or we.
      if (name === administrator.role || (role?.superuser === true && database?.owner !== name)) return []
      // A new salt would be another verifier, and PgBouncer's copy has to be the same.
      const keeps = role !== null && isRight(role.credential, password)
      const verifier = keeps ? '' : ` PASSWORD ${literal(scramVerifier(password))}`
      const what = role === null ? `make the role ${name}` : `put right the role ${name}`
      return [{ what, ...adminSql(administrator, 'postgres', statements(name, verifier)) }]
    }
  }
}

function differencesOf(role: RoleFact, password: string): Difference[] {
  const differences: Difference[] = []
  const expect = (attribute: string, expected: string, actual: string) => {
    if (expected !== actual) differences.push({ attribute, expected, actual })
  }
  const can = (right: boolean) => (right ? 'yes' : 'no')
  const names = (roles: string[]) => (roles.length === 0 ? 'none' : roles.join(', '))
  expect('may log in', 'yes', can(role.login))
  expect('superuser', 'no', can(role.superuser))
  expect('may create roles', 'no', can(role.createRole))
  expect('may create databases', 'no', can(role.createDatabase))
  expect('may replicate', 'no', can(role.replication))
  expect('bypasses row security', 'no', can(role.bypassRls))
  expect('roles that it can become', 'none', names(role.memberOf))
  expect('roles that can become it', 'none', names(role.members))
  if (role.credential === null) expect('password', 'kept as SCRAM-SHA-256', 'not set, or kept in another way')
  else if (!isRight(role.credential, password)) expect('password', "the secret's", 'another')
  return differences
}

function isRight(credential: CredentialFact | null, password: string): boolean {
  return credential !== null && matchesCredential(password, credential)
}

/** Each membership is taken back from whoever granted it; before version 16 that one may be gone, and does not matter. */
function statements(name: string, verifier: string): string {
  return `SET client_min_messages = warning;
SET lock_timeout = '15s';
BEGIN;
DO $change$
DECLARE membership record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)}) THEN CREATE ROLE ${identifier(name)}; END IF;
  FOR membership IN
    SELECT granted.rolname AS granted, member.rolname AS member, grantor.rolname AS grantor
    FROM pg_auth_members
    JOIN pg_roles granted ON granted.oid = roleid
    JOIN pg_roles member ON member.oid = pg_auth_members.member
    LEFT JOIN pg_roles grantor ON grantor.oid = pg_auth_members.grantor
    WHERE ${literal(name)} IN (granted.rolname, member.rolname)
  LOOP
    EXECUTE format('REVOKE %I FROM %I', membership.granted, membership.member)
      || CASE WHEN membership.grantor IS NULL THEN '' ELSE format(' GRANTED BY %I', membership.grantor) END || ' CASCADE';
  END LOOP;
END
$change$;
ALTER ROLE ${identifier(name)} ${RIGHTS}${verifier};
COMMIT;
`
}
