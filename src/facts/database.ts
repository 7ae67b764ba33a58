import type { DatabaseFact, RoleFact } from './facts.ts'
import type { DatabaseRequest } from './requests.ts'
import { readCredential } from './credential.ts'
import { foreignObjects, roleAndDatabase } from './database-queries.ts'
import { askPsql } from './psql.ts'

type Database = NonNullable<DatabaseFact['database']>
type Foreign = Pick<Database, 'foreign' | 'foreignCount'>

interface Found {
  role: (Omit<RoleFact, 'credential'> & { password: string | null }) | null
  database: Omit<Database, keyof Foreign> | null
}

const nothingForeign: Foreign = { foreign: [], foreignCount: 0 }

export async function lookAtDatabase(
  { administrator, database: name, role: owner }: DatabaseRequest,
  searchPath: string
): Promise<DatabaseFact> {
  const ask = (database: string, sql: string, variables: Record<string, string>) =>
    askPsql({ database, sql, variables }, administrator, searchPath)
  const { role, database } = (await ask('postgres', roleAndDatabase, { database: name, role: owner })) as Found
  return {
    role: role && withCredential(role),
    database: database && {
      ...database,
      ...(database.allowsConnections ? ((await ask(name, foreignObjects, { role: owner })) as Foreign) : nothingForeign)
    }
  }
}

function withCredential({ password, ...role }: NonNullable<Found['role']>): RoleFact {
  return { ...role, credential: readCredential(password) }
}
