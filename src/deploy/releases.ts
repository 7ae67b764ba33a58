import { TenantError } from '../errors.ts'
import type { ReleasesFact } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import { RELEASE_ID } from '../tenant/layout.ts'
import { keeper, type Shipment } from './shipment.ts'

/** What the host says of a lane's releases; a folder that this program would not have made is none of them. */
export async function releases(shipment: Shipment, lane: LaneName): Promise<ReleasesFact> {
  const { layout } = shipment
  return ask(shipment, lane, layout.lane(lane).root, layout.account)
}

/**
 * The releases that are on record: those that were published, and the log of them. The account that deploys reads it, for a
 * collector that runs as the tenant's account answers whatever that account likes.
 */
export async function onRecord(shipment: Shipment, lane: LaneName): Promise<ReleasesFact> {
  return ask(shipment, lane, shipment.layout.records.lane(lane).root, keeper(shipment))
}

/** The releases that a rollback may choose from: their folders are there, and they are on record. */
export async function returnable(shipment: Shipment, lane: LaneName): Promise<ReleasesFact> {
  const [found, recorded] = await Promise.all([releases(shipment, lane), onRecord(shipment, lane)])
  const known = new Set(recorded.present)
  return { current: found.current, present: found.present.filter((id) => known.has(id)), log: recorded.log }
}

async function ask({ layout, remote }: Shipment, lane: LaneName, root: string, as: string): Promise<ReleasesFact> {
  const { found } = await remote.gather({ found: { kind: 'releases', root, log: layout.records.log, lane } }, { as })
  if (found.ok) return { ...found.fact, present: found.fact.present.filter((id) => RELEASE_ID.test(id)) }
  throw new TenantError('host-answer', `could not list the ${lane} releases: ${found.cause}`, {
    where: root,
    remedy: 'put right what the host says'
  })
}
