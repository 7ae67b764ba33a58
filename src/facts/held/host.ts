import type { Administrator, InventoryRequest } from '../requests.ts'

/**
 * What the collector on a host knows of it by itself, when a key that may only look asks: root has written it there, and
 * no question can name another program, server or place.
 */
export interface HeldHost {
  /** The folder that holds a folder for each tenant. */
  root: string
  nginx: { command: string; config: string; sites: string; pid: string }
  postgres: { address: string; port: number; administrator: Omit<Administrator, 'password'> }
  pgbouncer: { address: string; port: number; config: string; databases: string; users: string; pid: string }
  inventory: Omit<InventoryRequest, 'kind' | 'as'>
  /** The folder of the records of what shipped, with a folder for each tenant, in which no tenant can write. */
  records: string
  /** The paths whose file systems it may be asked about. */
  capacity: string[]
  /** The account that this key's holder is on the host. */
  account: string
  /** Files of root's whose hash may be told: they hold no secret. */
  hashed: string[]
}

/** Root has written it, so that only what a half-written file could be is looked for. @throws where it is no such file */
export function readHeldHost(text: string, path: string): HeldHost {
  const host = JSON.parse(text) as Partial<HeldHost> | null
  for (const key of [
    'root',
    'nginx',
    'postgres',
    'pgbouncer',
    'inventory',
    'records',
    'capacity',
    'account',
    'hashed'
  ] as const) {
    if (host?.[key] === undefined) throw new Error(`${path} does not say ${key}`)
  }
  return host as HeldHost
}
