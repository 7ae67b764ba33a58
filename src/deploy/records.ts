import { posix } from 'node:path'
import { TenantError } from '../errors.ts'
import type { LogLine, ReleasesFact } from '../facts/facts.ts'
import { tail } from '../remote/execute.ts'
import type { LaneName } from '../report/report.ts'
import type { ReleaseRecord } from '../resources/record.ts'
import { onRecord } from './releases.ts'
import { keeper, type Shipment } from './shipment.ts'

const WRITE_MS = 60_000

/**
 * Records, where the tenant's account cannot write, what is about to be published: what the release says of itself, and the
 * site as its file holds it on the host. A rollback reads nothing else.
 */
export async function keepRecord(shipment: Shipment, lane: LaneName, record: ReleaseRecord): Promise<void> {
  const { layout } = shipment
  const { record: path, site } = layout.records.lane(lane)
  const script = `mkdir -p -- "\${2%/*}"
cp -- "$4" "$3.new"
mv -f -- "$3.new" "$3"
cat >"$2.new"
mv -f -- "$2.new" "$2"`
  const args = [path(record.id), site(record.id), layout.site(lane)]
  await write(shipment, 'record the release', { script, args, input: `${JSON.stringify(record)}\n` })
}

/** The live release is served with another site from now on, and a rollback to it brings that one back. */
export async function keepSite(shipment: Shipment, lane: LaneName, id: string): Promise<void> {
  const { layout } = shipment
  // A release that is not on record, as one of an older version of this program, is none to return to.
  const script = `[ -e "\${2%/*}/release.json" ] || exit 0
cp -- "$3" "$2.new"
mv -f -- "$2.new" "$2"`
  await write(shipment, 'record the site', { script, args: [layout.records.lane(lane).site(id), layout.site(lane)] })
}

/** Appends to the log of what was shipped to the tenant, by whom, from which commit. */
export async function logEvent(
  shipment: Shipment,
  lane: LaneName,
  release: string,
  event: LogLine['event'],
  note?: string
): Promise<void> {
  const line: LogLine = {
    at: new Date().toISOString(),
    lane,
    release,
    event,
    ...shipment.identity,
    ...(note === undefined ? {} : { note })
  }
  const args = [shipment.layout.records.log, JSON.stringify(line)]
  await write(shipment, 'write the log of releases', { script: `printf '%s\\n' "$3" >>"$2"`, args })
}

/**
 * A run that was cut off right after its rename has not noted that the release is live; whoever finds it so does, where
 * that run has put it on record.
 */
export async function confirmPublished(shipment: Shipment, lane: LaneName, fact: ReleasesFact): Promise<void> {
  const { current } = fact
  if (current === null || fact.log.some(({ release, event }) => release === current && event === 'published')) return
  if (!(await onRecord(shipment, lane)).present.includes(current)) return
  await logEvent(shipment, lane, current, 'published')
}

/** Of releases that are removed. */
export async function removeRecords(shipment: Shipment, lane: LaneName, ids: readonly string[]): Promise<void> {
  const args = ids.map((id) => posix.dirname(shipment.layout.records.lane(lane).record(id)))
  await write(shipment, 'remove the records of old releases', { script: 'shift\nrm -rf -- "$@"', args })
}

interface Writing {
  /** `$1` is the folder of the tenant's records; then come the arguments. */
  script: string
  args: readonly string[]
  input?: string
}

/** @throws TenantError that says how to have the folder, where it is missing or another account's */
async function write(shipment: Shipment, step: string, { script, args, input }: Writing): Promise<void> {
  const { layout, remote, tenant } = shipment
  const { root } = layout.records
  const UNUSABLE = 96
  const result = await remote.execute(
    { script: `umask 022\n[ -d "$1" ] && [ -w "$1" ] || exit ${UNUSABLE}\n${script}`, args: [root, ...args] },
    { as: keeper(shipment), step, deadlineMs: WRITE_MS, ...(input === undefined ? {} : { input }) }
  )
  if (result.code === 0) return
  const isUnusable = result.code === UNUSABLE
  const what = isUnusable ? `${keeper(shipment)} cannot write the records of what shipped` : `could not ${step}`
  throw new TenantError('command', what, {
    where: `${remote.name}:${root}`,
    remedy: isUnusable
      ? `run tenant provision ${tenant.name}, as an account that can become root: it makes this folder`
      : 'look at the log below, and at free disk space and the rights of the account on the host',
    log: tail(result.stderr)
  })
}
