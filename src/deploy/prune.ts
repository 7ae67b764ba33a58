import { mustExecute } from '../remote/execute.ts'
import type { LaneName } from '../report/report.ts'
import type { Recorder } from './recorder.ts'
import { prunable, removeReleases } from './release.ts'
import { releases } from './releases.ts'
import type { Shipment } from './shipment.ts'

const PRUNE_MS = 5 * 60_000

/** Removes what is older than the last five releases. What goes wrong here is a warning: the new release is live already. */
export async function prune(shipment: Shipment, recorder: Recorder, lane: LaneName): Promise<void> {
  await recorder.step('prune', async (note) => {
    try {
      const old = prunable(lane, await releases(shipment, lane))
      await removeReleases(shipment, lane, old)
      if (lane === 'app' && old.length > 0) await pruneStatic(shipment)
      note(
        old.length === 0 ? 'nothing is too old' : `removed ${old.join(', ')}`,
        old.length === 0 ? 'unchanged' : 'done'
      )
    } catch (thrown) {
      note('failed', 'failed')
      recorder.warn(`old releases could not be removed: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  })
}

/** Removes shared built files that no release on the host has any more. */
async function pruneStatic(shipment: Shipment): Promise<void> {
  const { layout, remote } = shipment
  await mustExecute(
    remote,
    {
      script: `cd -- "$1"
find . -type f -exec sh -c 'releases=$1; from=$2; shift 2
for file; do
  kept=
  for release in "$releases"/*; do if [ -e "$release/$from/$file" ]; then kept=1; break; fi; done
  if [ -z "$kept" ]; then rm -f -- "$file"; fi
done' sh "$2" "$3" {} +
find . -mindepth 1 -type d -empty -delete`,
      args: [layout.staticFolder, layout.lane('app').releases, shipment.tenant.app!.static.from]
    },
    { as: layout.account, step: 'remove old built files', deadlineMs: PRUNE_MS }
  )
}
