import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client'

let client: PrismaClient | undefined

/** The one client of this process. It connects on the first query, so that a build needs no database. */
export function database(): PrismaClient {
  client ??= new PrismaClient({ adapter: new PrismaPg(poolOptions()) })
  return client
}

// No statement names are generated and no server setting is sent at connect: PgBouncer, pooling by
// transaction, supports neither. The time limits are therefore the client's own.
function poolOptions() {
  const connectionString = process.env.DATABASE_URL
  if (!connectionString) throw new Error('DATABASE_URL is not set')
  return { connectionString, max: 5, connectionTimeoutMillis: 3000, query_timeout: 5000, idleTimeoutMillis: 30_000 }
}
