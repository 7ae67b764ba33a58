import type { RouteFact } from './facts.ts'
import type { RouteRequest } from './requests.ts'
import { causeOf } from './cause.ts'
import { withClient } from './client.ts'

/** No options are sent along: PgBouncer refuses the start-up parameters that it does not know. */
export async function lookAtRoute(request: RouteRequest): Promise<RouteFact> {
  try {
    const arrived = await withClient(request, (client) =>
      client.query<{ database: string; user: string }>('select current_database() as database, current_user as user')
    )
    return { connected: true, ...arrived.rows[0] }
  } catch (error) {
    return { connected: false, error: causeOf(error) }
  }
}
