import type { LookupFunction } from 'node:net'
import type { Host } from '../tenant/host.ts'

/** Where the host says where its tenants' domains stand, that goes in place of DNS. */
export function lookupFor({ resolve: address }: Pick<Host, 'resolve'>): { lookup?: LookupFunction } {
  if (address === undefined) return {}
  const family = address.includes(':') ? 6 : 4
  return {
    lookup: (_name, { all }, done) => (all === true ? done(null, [{ address, family }]) : done(null, address, family))
  }
}
