import { TenantError } from '../errors.ts'
import type { ReleasesFact } from '../facts/facts.ts'
import type { LaneName } from '../report/report.ts'
import { RELEASE_ID } from '../tenant/layout.ts'
import type { Shipment } from './shipment.ts'

/** What the host says of a lane's releases; a folder that this program would not have made is none of them. */
export async function releases(shipment: Shipment, lane: LaneName): Promise<ReleasesFact> {
  const { layout, remote } = shipment
  const { found } = await remote.gather(
    { found: { kind: 'releases', root: layout.lane(lane).root, log: layout.log, lane } },
    { as: layout.account }
  )
  if (found.ok) return { ...found.fact, present: found.fact.present.filter((id) => RELEASE_ID.test(id)) }
  throw new TenantError('host-answer', `could not list the ${lane} releases: ${found.cause}`, {
    where: layout.lane(lane).root,
    remedy: 'put right what the host says'
  })
}
