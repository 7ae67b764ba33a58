import pg from 'pg'
import { causeOf } from './cause.ts'
import { limit } from './limit.ts'

const timeoutMs = 5_000
// Many tenants share one server, and its connections are the tenants' first.
const inTurn = limit(6)

export interface Login {
  host: string
  port: number
  database: string
  user: string
  password: string
}

/** Connects, and closes again. What goes wrong is told in the server's own words, the password never. */
export async function withClient<T>(
  { host, port, database, user, password }: Login,
  use: (client: pg.Client) => Promise<T>,
  options?: string
): Promise<T> {
  return inTurn(async () => {
    const client = new pg.Client({
      host,
      port,
      database,
      user,
      password,
      ssl: false,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      ...(options !== undefined && { options })
    })
    // A connection that breaks fails the query that waits for it; without a listener it would end the process as well.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await use(client)
    } catch (error) {
      throw new Error(withoutPassword(causeOf(error), password), { cause: error })
    } finally {
      await client.end()
    }
  })
}

export function withoutPassword(text: string, password: string | null): string {
  return password ? text.replaceAll(password, '***') : text
}
