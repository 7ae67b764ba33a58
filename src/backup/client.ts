import { databaseAddress } from '../resources/desired-state.ts'
import type { Shipment } from '../deploy/shipment.ts'

/** A dump or a restore of any size is done by then. */
export const LONG_MS = 6 * 60 * 60_000

/**
 * The first lines of every script that runs PostgreSQL's programs as the tenant's role, over the direct port: $1 is
 * the folder of the backups, and $2 to $5 say how to connect. The password comes in with the script, which stands on
 * no command line.
 */
export const CONNECT = `umask 077
cd -- "$1"
export PGHOST="$2" PGPORT="$3" PGUSER="$4" PGPASSWORD="$5" PGCONNECT_TIMEOUT=10 LC_ALL=C.UTF-8
shift 5`

/** The arguments that CONNECT takes away, before those of the script itself. */
export function connection(shipment: Shipment): string[] {
  const { host, port, user, password } = databaseAddress(shipment)
  return [shipment.layout.backups, host, String(port), user, password]
}
